import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { type AlgorithmContext, algorithm, LLM, rollout, SharedMemoryExecutionStrategy, Trainer } from 'agentlightning';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('fixtures/secret-run.ts', import.meta.url));
/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';
const SECRETS = {
  CANARY_KEY: 'sk-canary-agent-4f2c8b1e97d3',
  CANARY_HEADER: 'canary-header-b1946ac92492d2',
  CANARY_OPTIMIZER: 'sk-canary-optimizer-591785b794',
};

type Told = Readonly<Record<string, string>>;

let model: SimulatedLlm;
beforeAll(async () => {
  model = await startSimulatedLlm();
});
afterAll(() => model.close());

let directory: string;
beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), 'agl-secrets-'));
  directory = made;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

/** A text as it is, and the part of its base64 that is the same whatever stands before and after it. */
function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => {
    const whole = Buffer.from(`${'x'.repeat(before)}${secret}`);
    return whole.toString('base64').slice([0, 2, 3][before], Math.floor((whole.length * 8) / 6));
  });
  return [secret, ...encoded];
}

/** The secrets in a text or file, by where they were found. */
function secretsIn(where: string, content: Buffer): string[] {
  return Object.entries(SECRETS).flatMap(([name, secret]) =>
    formsOf(secret)
      .filter((form) => content.includes(form))
      .map((form) => `${name} as ${form} in ${where}: ${context(content, form)}`),
  );
}

function context(content: Buffer, form: string): string {
  const at = content.indexOf(form);
  return content.subarray(Math.max(0, at - 60), at + 80).toString('latin1');
}

/** The secrets in the files of the run but the key's. */
function secretsInFiles(): string[] {
  return filesOfRun().flatMap((name) => secretsIn(name, readFileSync(join(directory, name))));
}

function filesOfRun(): string[] {
  return readdirSync(directory).filter((name) => name !== 'store.db.key');
}

async function execute(
  options: { environment?: Record<string, string>; mainProcess?: string; killAfter?: string } = {},
): Promise<{ output: string; errors: string; found: string[] }> {
  const { environment = {}, mainProcess, killAfter } = options;
  const args = [SCRIPT, directory, model.baseUrl, ...(mainProcess === undefined ? [] : [mainProcess])];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...SECRETS, ...environment },
  });
  const closed = once(child, 'close');
  let found: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    if (killAfter === undefined || !chunk.includes(killAfter) || !child.kill('SIGKILL')) return;
    // The write-ahead log too, which goes when the store is closed.
    found = secretsInFiles();
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  if (killAfter === undefined) expect([code, code === 0 ? '' : errors]).toEqual([0, '']);
  return { output, errors, found };
}

describe('secrets of a model endpoint', () => {
  it.each([undefined, 'runner'])('reach no file, event or message of a run (mainProcess: %s)', async (mainProcess) => {
    const { output, errors } = await execute(mainProcess === undefined ? {} : { mainProcess });
    expect(JSON.parse(output)).toMatchObject({ counts: { rollouts: { queued: 0, running: 0 } } });
    expect(filesOfRun()).toEqual(
      expect.arrayContaining(['best_prompt.json', 'journal.jsonl', 'result.json', 'run.json', 'store.db']),
    );
    expect(readFileSync(join(directory, 'store.db'), 'latin1')).toContain('It is ***.');
    expect(secretsInFiles()).toEqual([]);
    expect(secretsIn('output', Buffer.from(output + errors))).toEqual([]);
  });

  it.runIf(every)('reach no file of a run that is killed, and are there when it is resumed', async () => {
    const { found } = await execute({ killAfter: '"evaluation-ended"' });
    expect(found).toEqual([]);
    expect(filesOfRun()).toContain('store.db-wal');
    const { output } = await execute();
    expect(JSON.parse(output)).toMatchObject({ counts: { rollouts: { queued: 0, running: 0 } } });
    expect(secretsInFiles()).toEqual([]);
  });

  it('reach no file when the algorithm tells them in steps, events, candidates, its result and its error', async () => {
    const llm = new LLM({ endpoint: model.baseUrl, model: 'sim-agent-weak', apiKey: SECRETS.CANARY_KEY });
    const wire = JSON.parse(JSON.stringify(llm)) as Told;
    const told = { text: `${llm.apiKey} is ${btoa(llm.apiKey!)}`, [llm.apiKey!]: '' };
    const indiscreet = (end: () => Record<string, Told>) =>
      algorithm(async (context: AlgorithmContext<number>) => {
        const step = await context.step('choose', { wire }, async () => ({ chosen: wire }));
        expect(step).toEqual({ chosen: wire });
        const candidate = { llm };
        await context.evaluate('all', { candidates: [candidate], tasks: [1, 2], mode: 'train' }).outcomes();
        context.offerBest({ score: 0.5, rank: 0, version: llm.apiKey!, candidate });
        context.emit('told', { type: 'custom', name: llm.apiKey!, data: told });
        return end();
      });
    const run = (end: () => Record<string, Told>, resume: boolean) =>
      new Trainer({
        algorithm: indiscreet(end),
        strategy: new SharedMemoryExecutionStrategy(),
        initialResources: { llm },
        nRunners: 2,
      }).fit(
        rollout(async () => 1),
        [1, 2],
        { runDirectory: directory, resume },
      );
    const failing = run(() => {
      throw new Error(`Nothing works with ${llm.apiKey}`);
    }, false);
    await expect(failing).rejects.toThrow('Nothing works');
    expect(secretsInFiles()).toEqual([]);
    await run(() => ({ wire, told }), true);
    expect(secretsInFiles()).toEqual([]);
    expect(JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8'))).toMatchObject({
      result: { wire: { api_key: '***' }, told: { '***': '' } },
    });
  });
});
