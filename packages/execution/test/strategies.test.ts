import { type ExecutionStrategy, InMemoryLightningStore, type Json, LightningError } from '@agentlightning/core';
import { ClientServerExecutionStrategy, SharedMemoryExecutionStrategy } from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, testJob } from './test-job.ts';

const DEADLINES = { drainMs: 100, abortMs: 100 };
const THREADS = { ...DEADLINES, threads: 1 };

/** Each is used for one run after the other. */
const STRATEGIES: readonly [string, boolean, ExecutionStrategy][] = [
  ['SharedMemoryExecutionStrategy', true, new SharedMemoryExecutionStrategy(DEADLINES)],
  ["ClientServerExecutionStrategy, mainProcess 'algorithm'", true, new ClientServerExecutionStrategy(THREADS)],
  [
    "ClientServerExecutionStrategy, mainProcess 'runner'",
    false,
    new ClientServerExecutionStrategy({ ...DEADLINES, mainProcess: 'runner' }),
  ],
];

let before: string[];

beforeEach(() => {
  before = openResources();
});

// Whatever happened in a test: no thread, timer or socket is left when `execute` has settled.
afterEach(() => expectNothingLeft(before));

describe.each(STRATEGIES)('%s', (_name, algorithmIsHere, strategy) => {
  it('works on every rollout, also after an agent threw, and answers what the algorithm answered', async () => {
    const tasks = [0.1, 0.2, -1, 0.4, 0.5, -2, 0.7];
    const messages: Json[] = [];
    const job = testJob({
      agent: fixtureAgent('refusesNegative'),
      data: { tasks },
      // Exactly as many as are needed is enough.
      maxRollouts: tasks.length,
      onMessage: (message) => messages.push(message),
    });
    const { algorithm } = await strategy.execute(job);
    const { results, isMainThread } = algorithm as {
      results: { status: string; reward: number }[];
      isMainThread: boolean;
    };
    expect(results.map(({ status, reward }) => (status === 'succeeded' ? reward : status))).toEqual([
      0.1,
      0.2,
      'failed',
      0.4,
      0.5,
      'failed',
      0.7,
    ]);
    expect(isMainThread).toBe(algorithmIsHere);
    expect(messages).toEqual([{ enqueued: 7 }, { done: 7 }]);
  });

  it('rejects with what the algorithm threw', async () => {
    const execution = strategy.execute(testJob({ agent: fixtureAgent('echo'), algorithm: 'failing' }));
    await expect(execution).rejects.toMatchObject({ name: 'TypeError', message: 'no idea' });
  });

  it('rejects with RUNNERS_LOST when maxRollouts is reached and rollouts are waiting', async () => {
    const job = testJob({ agent: fixtureAgent('echo'), data: { tasks: [1, 2, 3, 4] }, maxRollouts: 3 });
    await expect(strategy.execute(job)).rejects.toMatchObject({
      code: 'RUNNERS_LOST',
      message: expect.stringContaining("'maxRollouts' (3)"),
    });
  });

  it.each(['obedient', 'deaf'] as const)(
    'winds down when it is aborted while an agent that is %s works',
    async (agent) => {
      const caller = new AbortController();
      const reason = new LightningError('ABORTED', 'enough');
      const job = testJob({
        agent: fixtureAgent(agent),
        algorithm: 'waitUntilStopped',
        signal: caller.signal,
        onMessage: (message) => message === 'started' && caller.abort(reason),
      });
      await expect(strategy.execute(job)).rejects.toMatchObject({ code: 'ABORTED' });
    },
  );

  it('winds down when it is aborted before it began', async () => {
    const signal = AbortSignal.abort(new LightningError('ABORTED', 'enough'));
    const job = testJob({ agent: fixtureAgent('echo'), algorithm: 'untilStopped', signal });
    await expect(strategy.execute(job)).rejects.toMatchObject({ code: 'ABORTED', message: 'enough' });
  });

  it('goes on without an algorithm that ignores the abort', async () => {
    const caller = new AbortController();
    const job = testJob({
      agent: fixtureAgent('echo'),
      algorithm: 'deafAlgorithm',
      signal: caller.signal,
      onMessage: () => caller.abort(),
    });
    await expect(strategy.execute(job)).rejects.toThrow(/The algorithm did not stop within/);
  });

  it.each([0, -1, 1.5])('refuses nRunners %s', async (nRunners) => {
    const execution = strategy.execute(testJob({ agent: fixtureAgent('echo'), nRunners }));
    await expect(execution).rejects.toThrow(
      new RangeError(`Cannot execute the job as 'nRunners' must be a positive integer: current value is ${nRunners}`),
    );
  });
});

/** With the strategy: the agents that it can cut off. */
const WITH_A_STORE: readonly [string, ExecutionStrategy, readonly string[]][] = [
  ['SharedMemoryExecutionStrategy', new SharedMemoryExecutionStrategy(DEADLINES), ['obedient', 'unimpressed', 'deaf']],
  [
    'ClientServerExecutionStrategy',
    new ClientServerExecutionStrategy(THREADS),
    ['obedient', 'unimpressed', 'deaf', 'blocking', 'vanishing'],
  ],
];

describe.each(WITH_A_STORE)('%s with a store of the caller', (_name, strategy, agents) => {
  it('uses that store and leaves it open', async () => {
    const store = new InMemoryLightningStore();
    await strategy.execute(testJob({ agent: fixtureAgent('echo'), data: { tasks: [1, 2] }, store }));
    expect((await store.queryRollouts({ statusIn: ['succeeded'] })).total).toBe(2);
    await store.close();
  });

  it.each(agents)('never reports an attempt as succeeded that the end of the run cut off: agent %s', async (agent) => {
    const store = new InMemoryLightningStore();
    const job = testJob({ agent: fixtureAgent(agent), algorithm: 'leavesWork', store });
    const { algorithm: rolloutId } = await strategy.execute(job);
    const attempt = await store.getLatestAttempt(rolloutId as string);
    expect(attempt?.status).toBe('unresponsive');
    expect(attempt?.metadata?.['reason']).toMatch(/shutdown|interrupted/);
    await store.close();
  });
});
