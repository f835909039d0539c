import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  algorithm,
  Baseline,
  LLM,
  loadBestPrompt,
  type NamedResources,
  PromptTemplate,
  TraceToMessages,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { rollout } from '@agentlightning/runner';
import { makeStore, SqliteLightningStore } from '@agentlightning/store-sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FitResult } from '../fit-result.ts';
import { differencesOf } from './differences.ts';
import { RunDirectory } from './run-directory.ts';
import { type FingerprintParts, fingerprintOf } from './run-header.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'agl-directory-'));
  onTestFinished(() => rm(parent, { recursive: true }));
});

const parts: FingerprintParts = {
  algorithm: new Baseline() as never,
  agent: rollout(() => 1),
  agentUrl: import.meta.url,
  trainDataset: [1, 2, 3],
  valDataset: [4],
  testDataset: undefined,
  initialResources: {
    prompt: new PromptTemplate({ template: 'a' }),
    llm: new LLM({ endpoint: 'http://127.0.0.1:1/v1', model: 'm', apiKey: 'sk-canary-1' }),
  },
  adapter: undefined,
  store: undefined,
  rolloutConfig: { maxAttempts: 3 },
  seed: 0,
};

const open = (
  resume: boolean | 'force' = false,
  changed: Partial<FingerprintParts> = {},
  newRunId = 'run-1',
): Promise<RunDirectory> =>
  RunDirectory.open({
    path: join(parent, 'run'),
    newRunId,
    resume,
    fingerprint: fingerprintOf({ ...parts, ...changed }),
    secrets: ['sk-canary-1'],
    agentName: 'RoomSelector',
  });

const files = (): Promise<string[]> => readdir(join(parent, 'run'));
const text = (name: string): Promise<string> => readFile(join(parent, 'run', name), 'utf8');

describe('RunDirectory', () => {
  it('is made for a new run, and found again by one that goes on with it', async () => {
    const first = await open();
    expect(first).toMatchObject({ path: join(parent, 'run'), runId: 'run-1', isResumed: false });
    expect(JSON.parse(await text('run.json'))).toMatchObject({
      format: 1,
      run_id: 'run-1',
      agent: 'RoomSelector',
      command: { directory: process.cwd(), node_version: process.versions.node },
      fingerprint: { algorithm: 'Baseline', train_dataset: { rows: 3 }, test_dataset: null, seed: 0 },
    });
    const again = await open(true, {}, 'run-2');
    expect(again).toMatchObject({ runId: 'run-1', isResumed: true });
  });

  it('is refused to a second run, and to two at the same moment', async () => {
    const settled = await Promise.allSettled([open(false, {}, 'run-1'), open(false, {}, 'run-2')]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const error = { code: 'CONFLICT', message: expect.stringContaining('resume: true') };
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({ reason: error });
    await expect(open()).rejects.toMatchObject(error);
  });

  it('has nothing to go on with where no run is', async () => {
    await expect(open(true)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining("leave out 'resume'"),
    });
    await mkdir(join(parent, 'run'));
    await expect(open(true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('goes on with the same run only, and says in what another one differs', async () => {
    await open();
    const changed = { trainDataset: [1, 2, 4], seed: 7 };
    await expect(open(true, changed)).rejects.toMatchObject({
      code: 'RUN_CHANGED',
      message: expect.stringContaining('any more:\n  trainDataset[2]: other content\n  seed: 0 → 7\nUndo that'),
      details: { differences: ['trainDataset[2]: other content', 'seed: 0 → 7'] },
    });
    expect(await open('force', changed)).toMatchObject({ isResumed: true });
    expect(JSON.parse(await text('run.json'))).toMatchObject({
      fingerprint: { seed: 7 },
      forced: [{ time: expect.any(Number), differences: ['trainDataset[2]: other content', 'seed: 0 → 7'] }],
    });
  });

  it('is after that the run that it has become, and another one as it was before', async () => {
    await open();
    await open('force', { seed: 7 });
    expect(await open(true, { seed: 7 })).toMatchObject({ isResumed: true });
    await expect(open(true)).rejects.toMatchObject({ code: 'RUN_CHANGED', details: { differences: ['seed: 7 → 0'] } });
    await open('force');
    expect(JSON.parse(await text('run.json'))).toMatchObject({
      forced: [{ differences: ['seed: 0 → 7'] }, { differences: ['seed: 7 → 0'] }],
    });
  });

  it.each([
    ['that is no JSON', '{"format": 1,'],
    ['of another format', '{"format": 0}'],
    ['of a newer version', '{"format": 2}'],
    ['that is empty', ''],
  ])('names a header %s, and takes it for no new run', async (_, content) => {
    await open();
    await writeFile(join(parent, 'run', 'run.json'), content);
    for (const resume of [true, false, 'force'] as const) {
      await expect(open(resume)).rejects.toMatchObject({
        code: 'RUN_UNREADABLE',
        message: expect.stringContaining('run.json'),
      });
    }
    expect(await text('run.json')).toBe(content);
  });

  it('names what is wrong with a header, and a directory in its place', async () => {
    await open();
    const path = join(parent, 'run', 'run.json');
    const header = JSON.parse(await text('run.json')) as { command: object };
    await writeFile(path, JSON.stringify({ ...header, command: { ...header.command, arguments: 7 } }));
    await expect(open(true)).rejects.toMatchObject({
      code: 'RUN_UNREADABLE',
      message: expect.stringMatching(/cannot be read: its 'command.arguments' is wrong: [^\n]+\. Restore that file/),
    });
    await rm(path);
    await mkdir(path);
    await expect(open(true)).rejects.toMatchObject({
      code: 'RUN_UNREADABLE',
      message: expect.stringMatching(/run\.json cannot be read: EISDIR.*\. Restore that file/),
    });
  });

  it('takes a store without a header for a run whose header is lost', async () => {
    await mkdir(join(parent, 'run'));
    await writeFile(join(parent, 'run', 'store.db'), '');
    await writeFile(join(parent, 'run', 'journal.jsonl'), '{}\n');
    await expect(open()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
    for (const name of ['store.db', 'journal.jsonl']) await rm(join(parent, 'run', name));
    const store = await SqliteLightningStore.open({ path: join(parent, 'run', 'store.db') });
    await store.runRecords.put('run-1', [{ kind: 'alive', key: '', value: '1' }]);
    await store.close();
    await expect(open()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
    await expect(open(true)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
  });

  it.each<[string, () => Promise<void>]>([
    ['made', async () => makeStore(join(parent, 'run', 'store.db'))],
    ['begun to be made', () => writeFile(join(parent, 'run', 'store.db'), '')],
  ])('begins where a run died before it had a header, and its store was %s', async (_which, begin) => {
    await mkdir(join(parent, 'run'));
    await begin();
    await expect(open(true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await open()).toMatchObject({ isResumed: false });
  });

  it('has no other store made in the place of one that is gone or empty', async () => {
    const directory = await open();
    const path = join(directory.path, 'store.db');
    const refusal = {
      code: 'STORE_UNREADABLE',
      message: expect.stringContaining('backup'),
      details: { reason: 'missing' },
    };
    await writeFile(path, '');
    await expect(
      (await open(true)).storeOpener({ initialResources: {}, rolloutConfig: {} }).open(),
    ).rejects.toMatchObject(refusal);
    await rm(path);
    await expect(
      (await open('force')).storeOpener({ initialResources: {}, rolloutConfig: {} }).open(),
    ).rejects.toMatchObject(refusal);
  });

  it('queues again what was under way when its process was killed, however long ago that is', async () => {
    const directory = await open();
    const then = await SqliteLightningStore.open({ path: directory.storePath, clock: new VirtualClock() });
    const config = { timeoutSeconds: 900, unresponsiveSeconds: 60, maxAttempts: 1 };
    const { rolloutId } = await then.enqueueRollout({ input: 1, config, metadata: { run_id: directory.runId } });
    // The pid of nobody: it is beyond what Linux gives.
    await then.dequeueRollout({ workerId: `${hostname()}-4194305-abcdef-runner-1` });
    await then.close();
    const resumed = await open(true);
    const store = await resumed.storeOpener({ initialResources: {}, rolloutConfig: { maxAttempts: 1 } }).open();
    expect(await store.getRolloutById(rolloutId)).toMatchObject({
      status: 'requeuing',
      config: { maxAttempts: 2 },
      attempt: { status: 'unresponsive', metadata: { reason: 'interrupted' } },
    });
    await store.close();
  });

  it('is refused while somebody works on it, before anything in it is changed, and free at once after that', async () => {
    const directory = await open();
    const store = await directory.storeOpener({ initialResources: {}, rolloutConfig: {} }).open();
    const before = await text('run.json');
    for (const resume of [true, 'force'] as const) {
      await expect(open(resume, { seed: 7 })).rejects.toMatchObject({
        code: 'STORE_IN_USE',
        message: expect.stringContaining('this process works on it'),
        details: { pid: process.pid },
      });
    }
    expect(await text('run.json')).toBe(before);
    await store.close();
    expect(await open(true)).toMatchObject({ isResumed: true });
  });

  it('mends what nothing is read back from, and says so', async () => {
    await open();
    const write = (name: string, content: string) => writeFile(join(parent, 'run', name), content);
    await write('best_prompt.json', '\0\0\0\0');
    await write('result.json', '{"stopReason": "interr');
    await write('journal.jsonl', '{"type":"a"}\n{"ty\0e":\n7\n{"type":"b"}\n{"type":"cut o');
    const { mended } = await open(true);
    expect(mended).toEqual([
      expect.stringMatching(/best_prompt\.json was damaged: it is written again/),
      expect.stringMatching(/result\.json was damaged: it is written again/),
      expect.stringMatching(/journal\.jsonl was damaged: 2 lines/),
    ]);
    expect(await text('journal.jsonl')).toBe('{"type":"a"}\n{"type":"b"}\n');
    expect(await files()).not.toContain('best_prompt.json');
    expect((await open(true)).mended).toEqual([]);
  });

  it('removes the drafts of files that processes were about to write which are gone, and no others', async () => {
    const directory = await open();
    // The pid of nobody: it is beyond what Linux gives.
    const draft = (pid: number) => join(directory.path, `.best_prompt.json.${pid}.1a2b.tmp`);
    for (const pid of [4194305, process.pid]) await writeFile(draft(pid), '{"best_');
    await open(true);
    expect((await files()).filter((name) => name.endsWith('.tmp'))).toEqual([basename(draft(process.pid))]);
  });

  it('takes a last event that a kill has cut off out without a word', async () => {
    await open();
    await writeFile(join(parent, 'run', 'journal.jsonl'), '{"type":"a"}\n{"type":"cut o');
    const directory = await open(true);
    expect(directory.mended).toEqual([]);
    directory.tell({ type: 'warning', message: 'b' });
    await directory.close();
    expect((await text('journal.jsonl')).trim().split('\n')).toHaveLength(2);
  });

  it('keeps the best prompt, events and the result, without keys', async () => {
    const directory = await open();
    const candidate = { prompt: new PromptTemplate({ template: 'better {x}' }), llm: parts.initialResources['llm']! };
    directory.keepBest({ score: 0.25, version: 'v1', candidate: parts.initialResources });
    directory.keepBest({ score: 0.5, version: 'v2', candidate });
    const hidden = { 'sk-canary-1': [{ text: `401 for ${btoa('sk-canary-1')}` }] };
    directory.tell({
      type: 'best',
      score: 1,
      interval: null,
      tasks: null,
      version: 'v1',
      candidate: { ...candidate, hidden },
    });
    directory.keepResult({ runId: 'run-1', stopReason: 'completed', result: 'by sk-canary-1' } as FitResult<unknown>);
    await directory.close();
    expect(await loadBestPrompt(join(parent, 'run', 'best_prompt.json'))).toMatchObject({ template: 'better {x}' });
    expect(JSON.parse(await text('best_prompt.json'))).toMatchObject({ best_score: 0.5, best_version: 'v2' });
    expect(JSON.parse(await text('result.json'))).toMatchObject({ stopReason: 'completed' });
    expect(JSON.parse(await text('journal.jsonl'))).toMatchObject({ time: expect.any(Number), type: 'best' });
    for (const name of await files()) {
      expect(await text(name)).not.toContain('sk-canary');
      expect(await text(name)).not.toContain(btoa('sk-canary').slice(0, -2));
      expect((await stat(join(parent, 'run', name))).mode & 0o777).toBe(0o600);
    }
  });

  it('keeps no best prompt of a candidate with several', async () => {
    const directory = await open();
    const prompt = new PromptTemplate({ template: 'x' });
    directory.keepBest({ score: 1, version: 'v1', candidate: { prompt, other: prompt } });
    await directory.close();
    expect(await files()).not.toContain('best_prompt.json');
  });

  it('says at its end when something could not be written', async () => {
    const directory = await open();
    await rm(directory.path, { recursive: true });
    directory.tell({ type: 'warning', message: 'x' });
    await expect(directory.close()).rejects.toMatchObject({ code: 'ENOENT' });
    directory.keepResult({} as FitResult<unknown>);
    await expect(directory.close()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('removes what it made, and nothing else', async () => {
    const directory = await open();
    await writeFile(join(directory.path, 'notes.txt'), 'mine');
    await directory.discard();
    expect(await files()).toEqual(['notes.txt']);
    await rm(directory.path, { recursive: true });
    await (await open()).discard();
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('the fingerprint of a run', () => {
  const dataset = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
  const llm = (endpoint: string, apiKey: string, model = 'm') => new LLM({ endpoint, model, apiKey });
  const resources = (changed: NamedResources) => ({ initialResources: { ...parts.initialResources, ...changed } });
  const other = new URL('./run-directory.ts', import.meta.url).href;

  it.each<[string, Partial<FingerprintParts>, ...string[]]>([
    ['algorithm', { algorithm: algorithm(async () => 1, { name: 'Mine' }) as never }, 'algorithm: "Baseline" → "Mine"'],
    ['algorithm option', { algorithm: new Baseline({ nEpochs: 2 }) as never }, 'algorithm_options.nEpochs: 1 → 2'],
    ['adapter', { adapter: new TraceToMessages() }, 'adapter: null → "TraceToMessages"'],
    ['place of the rollouts', { store: {} }, 'store: "own" → "given"'],
    ['rows that changed', { trainDataset: [3, 2, 7] }, 'trainDataset[0], trainDataset[2]: other content'],
    ['rows in another order', { trainDataset: [3, 2, 1] }, 'trainDataset: 3 rows, in another order'],
    ['rows that are gone', { trainDataset: [1, 3] }, 'trainDataset: 3 rows → 2 rows, row [1] removed'],
    ['rows that have come', { valDataset: [...dataset(2), 4] }, 'valDataset: 1 rows → 3 rows, rows [0] to [1] added'],
    ['rows that gave way', { trainDataset: [1, 7, 8, 3] }, 'trainDataset: 3 rows → 4 rows, row [1] → rows [1] to [2]'],
    ['test set', { testDataset: [5] }, expect.stringMatching(/^test_dataset: null → \{"rows":1,/)],
    ['prompt', resources({ prompt: new PromptTemplate({ template: 'b' }) }), 'initial_resources.prompt: "a" → "b"'],
    [
      'engine',
      resources({ prompt: new PromptTemplate({ template: 'a', engine: 'jinja' }) }),
      'initial_resources.prompt: other content',
    ],
    ['model', resources({ llm: llm('http://127.0.0.1:1/v1', 'k', 'n') }), 'initial_resources.llm: "llm m" → "llm n"'],
    [
      'resource that is new',
      resources({ extra: new PromptTemplate({ template: 'x' }) }),
      'initial_resources.extra: nothing → "x"',
    ],
    ['rollout option', { rolloutConfig: { maxAttempts: 1 } }, 'rollout.maxAttempts: 3 → 1'],
    ['seed', { seed: 1 }, 'seed: 0 → 1'],
  ])('tells of another %s', (_, changed, ...expected) => {
    expect(differencesOf(fingerprintOf(parts), fingerprintOf({ ...parts, ...changed }))).toEqual(expected);
  });

  it('tells of another function or class of that name', () => {
    const of = (made: object) => fingerprintOf({ ...parts, algorithm: made as never });
    const functions = [1, 2].map((n) => of(algorithm(n === 1 ? async () => 1 : async () => 2, { name: 'Mine' })));
    expect(differencesOf(functions[0]!, functions[1]!)).toEqual([
      expect.stringMatching(/^algorithm_options\.function: /),
    ]);
    const classes = [
      class Mine extends Baseline {},
      class Mine extends Baseline {
        readonly changed = true;
      },
    ].map((Mine) => of(new Mine()));
    expect(differencesOf(classes[0]!, classes[1]!)).toEqual([expect.stringMatching(/^algorithm_code: /)]);
  });

  it('tells of another version, of other random streams, and of what another version compares', () => {
    const recorded = fingerprintOf(parts);
    const now = { ...recorded, version: '99.0.0', random_streams: 'v2', more: 1 };
    expect(differencesOf(recorded, now)).toEqual([
      expect.stringMatching(/^random_streams: ".*" → "v2"$/),
      expect.stringMatching(/^version: ".*" → "99\.0\.0"$/),
      'more: nothing → 1',
    ]);
  });

  it('names at most 20 rows, and none of a very large dataset', () => {
    const changed = { trainDataset: dataset(50).map(({ n }) => ({ n: n + 100 })) };
    const of = (from: object, to: object) =>
      differencesOf(fingerprintOf({ ...parts, ...from }), fingerprintOf({ ...parts, ...to }));
    expect(of({ trainDataset: dataset(50) }, changed)).toEqual([
      expect.stringMatching(/^trainDataset\[0\], .*, trainDataset\[19\] and 30 more: other content$/),
    ]);
    expect(of({ trainDataset: dataset(20_001) }, { trainDataset: dataset(20_002) })).toEqual([
      'trainDataset: 20001 rows → 20002 rows, with other content',
    ]);
  });

  it("has the agent's module and all that it imports by relative paths, and names what has changed of them", async () => {
    const write = (name: string, content: string) => writeFile(join(parent, name), content);
    await write('agent.ts', "import { a } from './lib/a.ts';\nimport 'node:fs';\nconst b = await import('./b.ts');");
    await mkdir(join(parent, 'lib'));
    await write('lib/a.ts', "export { c } from '../c.ts';\nimport '../agent.ts';");
    await write('b.ts', 'export {};');
    await write('c.ts', 'export const c = 1;');
    await write('unrelated.ts', 'export {};');
    const take = () => fingerprintOf({ ...parts, agentUrl: `${pathToFileURL(join(parent, 'agent.ts')).href}?v=1` });
    const before = take();
    expect(Object.keys(before['agent'] as object).sort()).toEqual(['.', 'b.ts', 'c.ts', 'lib/a.ts']);
    await write('unrelated.ts', 'export const changed = true;');
    expect(differencesOf(before, take())).toEqual([]);
    await write('c.ts', 'export const c = 2;');
    await rm(join(parent, 'b.ts'));
    expect(differencesOf(before, take())).toEqual([
      'b.ts, which the agent imports, is gone',
      'c.ts, which the agent imports, has changed',
    ]);
    await write('agent.ts', '');
    expect(differencesOf(before, take())[0]).toBe("the agent's module has changed");
    expect(differencesOf(before, fingerprintOf({ ...parts, agentUrl: other }))).toContain(
      "the agent's module has changed",
    );
  });

  it('has the text of an agent that does not say which module it is from', () => {
    const of = (agent: object) => fingerprintOf({ ...parts, agent, agentUrl: undefined });
    const answer = (reward: number) => reward;
    expect(differencesOf(of(rollout(() => answer(1))), of(rollout(() => answer(1))))).toEqual([]);
    expect(differencesOf(of(rollout(() => answer(1))), of(rollout(() => answer(2))))).toEqual([
      "the agent's code has changed",
    ]);
  });

  it('is the same with another endpoint and key, and has no key', () => {
    const changed = fingerprintOf({ ...parts, ...resources({ llm: llm('http://127.0.0.1:2/v1', 'sk-canary-2') }) });
    expect(differencesOf(fingerprintOf(parts), changed)).toEqual([]);
    expect(JSON.stringify(changed)).not.toContain('sk-canary');
  });
});
