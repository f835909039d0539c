import { setImmediate } from 'node:timers/promises';
import { type Agent, type ExecutionStrategy, InMemoryLightningStore, type Loadable } from '@agentlightning/core';
import { ClientServerExecutionStrategy, SharedMemoryExecutionStrategy } from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { releaseAgents } from './fixtures/agent-start.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, testJob } from './test-job.ts';

/** What a thread has on top of `abortMs` to report what its agents left. */
const REPORT_MS = 1000;

let before: string[];

beforeEach(() => {
  before = openResources();
});

afterEach(async () => {
  vi.useRealTimers();
  await expectNothingLeft(before);
});

/** A run whose algorithm has ended and left a rollout in flight. From then on the time of this thread stands still. */
interface RunThatEnds {
  /** Moves the time on. */
  readonly advance: (ms: number) => Promise<void>;
  /** The attempt in flight. */
  readonly attempt: () => Promise<{ readonly status: string; readonly reason: unknown } | undefined>;
  /** Resolves when the strategy has wound down. */
  readonly end: Promise<unknown>;
}

async function leaveWork(strategy: ExecutionStrategy, agent: Loadable<Agent>): Promise<RunThatEnds> {
  const store = new InMemoryLightningStore();
  onTestFinished(() => store.close());
  const job = testJob({ agent, algorithm: 'leavesWork', nRunners: 1, store });
  const left = Promise.withResolvers<string>();
  const end = strategy.execute({
    ...job,
    algorithm: {
      ...job.algorithm,
      run: async (environment) => {
        const rolloutId = await job.algorithm.run(environment);
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
        left.resolve(rolloutId as string);
        return rolloutId;
      },
    },
  });
  end.catch(left.reject);
  const rolloutId = await left.promise;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  };
  await settle();
  return {
    end,
    advance: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
      await settle();
    },
    attempt: async () => {
      const attempt = await store.getLatestAttempt(rolloutId);
      return attempt && { status: attempt.status, reason: attempt.metadata?.['reason'] };
    },
  };
}

describe.each([
  ['SharedMemoryExecutionStrategy', SharedMemoryExecutionStrategy, {}],
  ['ClientServerExecutionStrategy', ClientServerExecutionStrategy, { threads: 1 }],
] as const)("%s 'drainMs'", (_name, Strategy, rest) => {
  it('is how long a rollout in flight may go on when the algorithm has ended', async () => {
    const strategy = new Strategy({ ...rest, drainMs: 20_000, abortMs: 0 });
    const run = await leaveWork(strategy, fixtureAgent('untilReleased'));
    await run.advance(19_999);
    releaseAgents();
    await run.end;
    expect(await run.attempt()).toEqual({ status: 'succeeded', reason: undefined });
  });

  it('ends with the abort of the agents', async () => {
    const strategy = new Strategy({ ...rest, drainMs: 20_000, abortMs: 60_000 });
    const run = await leaveWork(strategy, fixtureAgent('obedient'));
    await run.advance(20_000);
    await run.end;
    expect(await run.attempt()).toEqual({ status: 'unresponsive', reason: 'shutdown' });
  });
});

describe("SharedMemoryExecutionStrategy 'abortMs'", () => {
  it('is how long an agent may take to obey the abort, and then it is left behind', async () => {
    const strategy = new SharedMemoryExecutionStrategy({ drainMs: 1, abortMs: 20_000 });
    const run = await leaveWork(strategy, fixtureAgent('deaf'));
    await run.advance(1);
    await run.advance(19_999);
    expect(await run.attempt()).toEqual({ status: 'preparing', reason: undefined });
    await run.advance(1);
    await run.end;
    expect(await run.attempt()).toEqual({ status: 'unresponsive', reason: 'shutdown' });
  });
});

describe("ClientServerExecutionStrategy 'abortMs'", () => {
  const strategy = new ClientServerExecutionStrategy({ threads: 1, drainMs: 1, abortMs: 20_000 });

  it('is how long a thread may take to obey the abort', async () => {
    const memory = new SharedArrayBuffer(4);
    const run = await leaveWork(strategy, fixtureAgent('Blocked', 'agents.ts', { memory }));
    await run.advance(1);
    await run.advance(20_000 + REPORT_MS - 1);
    // The thread is still there, and comes to its end by itself.
    Atomics.store(new Int32Array(memory), 0, 1);
    Atomics.notify(new Int32Array(memory), 0);
    await run.end;
    expect(await run.attempt()).not.toMatchObject({ reason: 'interrupted' });
  });

  it('ends with the end of the thread', async () => {
    const run = await leaveWork(strategy, fixtureAgent('blocking'));
    await run.advance(1);
    await run.advance(20_000 + REPORT_MS);
    await run.end;
    expect(await run.attempt()).toEqual({ status: 'unresponsive', reason: 'interrupted' });
  });
});
