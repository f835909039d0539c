import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Baseline, LLM, loadBestPrompt, PromptTemplate } from '@agentlightning/core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FitResult } from '../fit-result.ts';
import { RunDirectory } from './run-directory.ts';
import { differencesOf, type FingerprintParts, fingerprintOf } from './run-header.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'agl-directory-'));
  onTestFinished(() => rm(parent, { recursive: true }));
});

const parts: FingerprintParts = {
  algorithm: new Baseline() as never,
  agentUrl: import.meta.url,
  trainDataset: [1, 2, 3],
  valDataset: [4],
  testDataset: undefined,
  initialResources: {
    prompt: new PromptTemplate({ template: 'a' }),
    llm: new LLM({ endpoint: 'http://127.0.0.1:1/v1', model: 'm', apiKey: 'sk-canary-1' }),
  },
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
      message: expect.stringMatching(/train_dataset was .*; seed was 0 and is 7/),
      details: { differences: [expect.stringContaining('train_dataset'), 'seed was 0 and is 7'] },
    });
    expect(await open('force', changed)).toMatchObject({ isResumed: true });
    expect(JSON.parse(await text('run.json'))).toMatchObject({
      forced: [{ differences: [expect.anything(), 'seed was 0 and is 7'] }],
    });
    await expect(open(true, changed)).rejects.toMatchObject({ code: 'RUN_CHANGED' });
  });

  it.each([
    ['that is no JSON', '{"format": 1,'],
    ['of another format', '{"format": 2}'],
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

  it('takes a store without a header for a run whose header is lost', async () => {
    await mkdir(join(parent, 'run'));
    await writeFile(join(parent, 'run', 'store.db'), '');
    await expect(open()).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
  });

  it('keeps the best prompt, events and the result, without keys', async () => {
    const directory = await open();
    const candidate = { prompt: new PromptTemplate({ template: 'better {x}' }), llm: parts.initialResources['llm']! };
    directory.keepBest({ score: 0.25, version: 'v1', candidate: parts.initialResources });
    directory.keepBest({ score: 0.5, version: 'v2', candidate });
    directory.tell({ type: 'best', candidate, 'sk-canary-1': [{ text: `401 for ${btoa('sk-canary-1')}` }] });
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
    expect(await files()).toEqual(['run.json']);
  });

  it('says at its end when something could not be written', async () => {
    const directory = await open();
    await rm(directory.path, { recursive: true });
    directory.tell({ type: 'x' });
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
  it.each<[string, Partial<FingerprintParts>]>([
    ['algorithm', { algorithm: { name: 'APO', fingerprint: null } as never }],
    ['algorithm_options', { algorithm: { name: 'Baseline', fingerprint: { beamWidth: 2 } } as never }],
    ['agent', { agentUrl: new URL('./run-directory.ts', import.meta.url).href }],
    ['train_dataset', { trainDataset: [3, 2, 1] }],
    ['val_dataset', { valDataset: [] }],
    ['test_dataset', { testDataset: [5] }],
    [
      'initial_resources',
      { initialResources: { ...parts.initialResources, prompt: new PromptTemplate({ template: 'b' }) } },
    ],
    ['rollout', { rolloutConfig: { maxAttempts: 1 } }],
    ['seed', { seed: 1 }],
  ])('differs by its %s', (name, changed) => {
    const differences = differencesOf(fingerprintOf(parts), fingerprintOf({ ...parts, ...changed }));
    expect(differences.map((difference) => difference.split(' ')[0])).toEqual([name]);
  });

  it('is the same with another endpoint and key, and has no key', () => {
    const llm = new LLM({ endpoint: 'http://127.0.0.1:2/v1', model: 'm', apiKey: 'sk-canary-2' });
    const other = fingerprintOf({ ...parts, initialResources: { ...parts.initialResources, llm } });
    expect(differencesOf(fingerprintOf(parts), other)).toEqual([]);
    expect(JSON.stringify(other)).not.toContain('sk-canary');
  });
});
