import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ExecutionStrategy,
  InMemoryLightningStore,
  LightningError,
  type Logger,
  silentLogger,
} from '@agentlightning/core';
import { ClientServerExecutionStrategy, SharedMemoryExecutionStrategy } from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { releaseAgents } from './fixtures/agent-start.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, type TestJobOptions, testJob } from './test-job.ts';

/** Nothing ends by its own time in these tests. */
const NEVER_MS = 600_000;
const PATIENT = { drainMs: NEVER_MS, abortMs: NEVER_MS };
const THREADS = { ...PATIENT, threads: 1, terminateMs: NEVER_MS, killMs: NEVER_MS };

let before: string[];
beforeEach(() => {
  before = openResources();
});
afterEach(() => expectNothingLeft(before));

const STEPS = ['drain', 'abort', 'terminate', 'kill'] as const;

/** Opens a pipe for writing once somebody is stuck in reading it, and leaves the reader where it is. */
async function writerOfReadPipe(path: string): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await delay(5);
    }
  }
}

/** A run that is stopped step by step, as by one Ctrl-C after the other. */
function stoppable(strategy: ExecutionStrategy, options: TestJobOptions & { readonly logger?: Logger }) {
  const controllers = STEPS.map(() => new AbortController());
  const [drain, abort, terminate, kill] = controllers.map(({ signal }) => signal) as [
    AbortSignal,
    AbortSignal,
    AbortSignal,
    AbortSignal,
  ];
  const started = Promise.withResolvers<void>();
  const job = testJob({
    algorithm: 'waitUntilStopped',
    nRunners: 1,
    signal: drain,
    ...options,
    onMessage: (message) => void (message === 'started' && started.resolve()),
  });
  const end = strategy.execute({ ...job, hurry: { abort, terminate, kill }, logger: options.logger ?? silentLogger });
  end.catch(started.reject);
  started.promise.catch(() => {});
  return {
    started: started.promise,
    end,
    stop: (step: (typeof STEPS)[number]): void =>
      controllers[STEPS.indexOf(step)]!.abort(new LightningError('ABORTED', 'enough')),
  };
}

async function onlyAttempt(store: InMemoryLightningStore) {
  const [rollout] = (await store.queryRollouts()).items;
  const attempt = await store.getLatestAttempt(rollout!.rolloutId);
  return { status: attempt?.status, reason: attempt?.metadata?.['reason'] };
}

const STRATEGIES: readonly [string, ExecutionStrategy][] = [
  ['SharedMemoryExecutionStrategy', new SharedMemoryExecutionStrategy(PATIENT)],
  ['ClientServerExecutionStrategy', new ClientServerExecutionStrategy(THREADS)],
];

describe.each(STRATEGIES)('%s that is stopped', (_name, strategy) => {
  it('waits for an agent that is at work, whose attempt succeeds', async () => {
    const store = new InMemoryLightningStore();
    const run = stoppable(strategy, { agent: fixtureAgent('untilReleased'), store });
    await run.started;
    run.stop('drain');
    releaseAgents();
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await onlyAttempt(store)).toEqual({ status: 'succeeded', reason: undefined });
    await store.close();
  });

  it.each(['obedient', 'unimpressed'])(
    'aborts an agent with the second step, whose attempt does not succeed whatever it returns: %s',
    async (agent) => {
      const store = new InMemoryLightningStore();
      const run = stoppable(strategy, { agent: fixtureAgent(agent), store });
      await run.started;
      run.stop('drain');
      run.stop('abort');
      await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
      expect(await onlyAttempt(store)).toEqual({ status: 'unresponsive', reason: 'shutdown' });
      await store.close();
    },
  );

  it('leaves an agent behind, or ends its thread, with the third step', async () => {
    const store = new InMemoryLightningStore();
    const run = stoppable(strategy, { agent: fixtureAgent('deaf'), store });
    await run.started;
    run.stop('drain');
    run.stop('abort');
    run.stop('terminate');
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await onlyAttempt(store)).toEqual({ status: 'unresponsive', reason: 'interrupted' });
    await store.close();
  });
});

describe("ClientServerExecutionStrategy with mainProcess 'runner' that is stopped", () => {
  const strategy = new ClientServerExecutionStrategy({ ...PATIENT, mainProcess: 'runner' });

  it.each([
    ['obedient', ['drain', 'abort']],
    ['deaf', ['drain', 'abort', 'terminate']],
  ] as const)('goes through the same steps: agent %s', async (agent, steps) => {
    const run = stoppable(strategy, { agent: fixtureAgent(agent) });
    await run.started;
    for (const step of steps) run.stop(step);
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('ends the thread of an algorithm that ignores all but the third', async () => {
    const run = stoppable(strategy, { agent: fixtureAgent('echo'), algorithm: 'deafAlgorithm' });
    await run.started;
    for (const step of ['drain', 'abort', 'terminate'] as const) run.stop(step);
    await expect(run.end).rejects.toThrow(/The algorithm did not stop within/);
  });
});

describe('A run that is stopped while it loads', () => {
  it.each([
    ...STRATEGIES,
    [
      "ClientServerExecutionStrategy, mainProcess 'runner'",
      new ClientServerExecutionStrategy({ ...PATIENT, mainProcess: 'runner' }),
    ],
  ] as [string, ExecutionStrategy][])('ends with the second step: %s', async (_name, strategy) => {
    const run = stoppable(strategy, { agent: fixtureAgent('neverLoads', 'never-loads.ts'), algorithm: 'untilStopped' });
    run.stop('drain');
    run.stop('abort');
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe.runIf(existsSync('/proc/thread-self'))('What agents have started', () => {
  function fileOfProcess(): string {
    const folder = mkdtempSync(join(tmpdir(), 'agl-stop-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, 'pid');
  }

  /** Waits until the process is gone; an agent that has only just said that it works has perhaps not written yet. */
  async function expectGone(file: string): Promise<void> {
    const pid = Number(readFileSync(file, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    while (isAlive(pid)) await delay(5);
  }

  function isAlive(pid: number): boolean {
    try {
      return !/\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  }

  async function written(file: string): Promise<void> {
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await delay(5);
  }

  it('and wait for, with their thread, is killed when the thread does not end', async () => {
    const file = fileOfProcess();
    const store = new InMemoryLightningStore();
    const strategy = new ClientServerExecutionStrategy({ ...THREADS, terminateMs: 50 });
    const run = stoppable(strategy, { agent: fixtureAgent('WaitingForProcess', 'agents.ts', { file }), store });
    await run.started;
    await written(file);
    for (const step of ['drain', 'abort', 'terminate'] as const) run.stop(step);
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
    await expectGone(file);
    expect(await onlyAttempt(store)).toEqual({ status: 'unresponsive', reason: 'interrupted' });
    await store.close();
  });

  it('leaves a thread behind that is stuck in a call that nothing can end, and says so', async () => {
    const pipe = fileOfProcess();
    execFileSync('mkfifo', [pipe]);
    const errors: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message?: string) => void errors.push(String(message)) };
    const strategy = new ClientServerExecutionStrategy({ ...THREADS, terminateMs: 20, killMs: 20 });
    const run = stoppable(strategy, { agent: fixtureAgent('WaitingForPipe', 'agents.ts', { pipe }), logger });
    await run.started;
    const writer = await writerOfReadPipe(pipe);
    for (const step of ['drain', 'abort', 'terminate'] as const) run.stop(step);
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
    expect(errors).toContainEqual(expect.stringContaining('were left behind'));
    // Now it ends, and nothing is left of it.
    closeSync(writer);
  });

  it('is killed when their thread has been ended, and nobody could end it any more', async () => {
    const file = fileOfProcess();
    const run = stoppable(new ClientServerExecutionStrategy(THREADS), {
      agent: fixtureAgent('LeavingProcess', 'agents.ts', { file }),
    });
    await run.started;
    for (const step of ['drain', 'abort', 'terminate'] as const) run.stop(step);
    await expect(run.end).rejects.toMatchObject({ code: 'ABORTED' });
    await expectGone(file);
  });
});
