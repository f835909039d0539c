import { availableParallelism } from 'node:os';
import { InMemoryLightningStore, type Json } from '@agentlightning/core';
import {
  type ClientServerExecutionOptions,
  ClientServerExecutionStrategy,
  isRunnerThread,
} from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextStart, releaseAgents } from './fixtures/agent-start.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, type TestJobOptions, testJob } from './test-job.ts';

let before: string[];

beforeEach(() => {
  before = openResources();
});

afterEach(() => expectNothingLeft(before));

interface Result {
  readonly status: string;
  readonly reward: number;
  readonly attempts: readonly { readonly status: string; readonly workerId: string; readonly reason: string | null }[];
}

async function run(job: TestJobOptions, options: ClientServerExecutionOptions = {}): Promise<readonly Result[]> {
  const strategy = new ClientServerExecutionStrategy({ drainMs: 100, abortMs: 100, ...options });
  const { algorithm } = await strategy.execute(testJob(job));
  return (algorithm as { results: Json } | undefined)?.results as unknown as readonly Result[];
}

describe('Runner threads', () => {
  it('share the slots: two threads for five runners', async () => {
    // All slots are taken at the same time, so that neither thread does the work alone.
    const agent = fixtureAgent('Gathering', 'agents.ts', { memory: new SharedArrayBuffer(4), expected: 5 });
    const tasks = Array.from({ length: 5 }, (_, index) => index);
    const results = await run({ agent, nRunners: 5, data: { tasks } }, { threads: 2 });
    expect(new Set(results.map(({ reward }) => reward)).size).toBe(2);
    const workerIds = new Set(results.flatMap(({ attempts }) => attempts.map(({ workerId }) => workerId)));
    expect(workerIds).toEqual(new Set(['runner-1', 'runner-2']));
  });

  it.each([1, availableParallelism() + 1])(
    'are as many as the machine runs at once, and no more than runners: %i runners',
    async (nRunners) => {
      // All slots are taken at the same time, so that every thread has work.
      const options = { memory: new SharedArrayBuffer(4), expected: nRunners };
      const tasks = Array.from({ length: nRunners }, (_, index) => index);
      const results = await run({ agent: fixtureAgent('Gathering', 'agents.ts', options), nRunners, data: { tasks } });
      const threadIds = new Set(results.map(({ reward }) => reward));
      expect(threadIds.size).toBe(Math.min(nRunners, availableParallelism()));
    },
  );

  it("are as many as runners with isolation 'thread'", async () => {
    // Each blocks until all three are at work: they can only be so in threads of their own.
    const agent = fixtureAgent('Meeting', 'agents.ts', { memory: new SharedArrayBuffer(4), expected: 3 });
    const results = await run({ agent, nRunners: 3, data: { tasks: [1, 2, 3] } }, { isolation: 'thread' });
    expect(results.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('know that they are runner threads, and the main thread that it is none', async () => {
    const [result] = await run({ agent: fixtureAgent('inRunnerThread'), data: { tasks: [1] } }, { threads: 1 });
    expect(result?.reward).toBe(1);
    expect(isRunnerThread()).toBe(false);
  });

  it('find the variables of the environment, and not the token of the store', async () => {
    vi.stubEnv('AGL_TEST_KEY', 'visible');
    vi.stubEnv('AGL_TOKEN', 'secret');
    try {
      const [result] = await run(
        { agent: fixtureAgent('environment'), data: { tasks: ['AGL_TEST_KEY'] } },
        { threads: 1 },
      );
      expect(result?.reward).toBe(1);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('A runner thread that dies', () => {
  it.each([
    ['ends itself', 'exitingOnce'],
    ['breaks by an uncaught error', 'crashingOnce'],
  ])('is replaced when an agent %s, and its rollout is tried again', async (_how, agent) => {
    const [result] = await run(
      { agent: fixtureAgent(agent), nRunners: 1, data: { tasks: [1], maxAttempts: 2 } },
      { threads: 1 },
    );
    expect(result).toMatchObject({
      status: 'succeeded',
      attempts: [
        { status: 'unresponsive', reason: 'runner lost', workerId: 'runner-1' },
        { status: 'succeeded', reason: null, workerId: 'runner-1.2' },
      ],
    });
  });

  it('leaves to the others the claims that it had reserved', async () => {
    // Two attempts for each task, and not one claim to spare.
    const job = { agent: fixtureAgent('exitingOnce'), algorithm: 'runOneByOne', data: { tasks: [1, 2] } } as const;
    const strategy = new ClientServerExecutionStrategy({ threads: 1 });
    const execution = strategy.execute(testJob({ ...job, nRunners: 4, maxRollouts: 4 }));
    await expect(execution).resolves.toMatchObject({ algorithm: 2 });
  });

  it('fails its rollout when that may not be tried again, and the others go on', async () => {
    const results = await run(
      { agent: fixtureAgent('exitingOnce'), nRunners: 1, data: { tasks: [1, 2] } },
      { threads: 1 },
    );
    expect(results).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
  });

  it('is terminated and replaced when its event loop stands still', async () => {
    const [result] = await run(
      { agent: fixtureAgent('blockingOnce'), nRunners: 1, data: { tasks: [1], maxAttempts: 2 } },
      { threads: 1, blockedMs: 500 },
    );
    expect(result).toMatchObject({
      status: 'succeeded',
      attempts: [{ status: 'unresponsive', reason: 'runner lost' }, { status: 'succeeded' }],
    });
  });

  it('takes no attempt of another run with it that shares the store', async () => {
    const store = new InMemoryLightningStore();
    const caller = new AbortController();
    const serve = (agent: string): Promise<unknown> =>
      new ClientServerExecutionStrategy({ threads: 1, drainMs: 0, abortMs: 100 }).execute(
        testJob({ agent: fixtureAgent(agent), algorithm: 'untilStopped', nRunners: 1, store, signal: caller.signal }),
      );
    const started = nextStart();
    const patient = serve('untilReleased');
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    await started;
    const crashing = serve('exiting');
    const crashed = await store.enqueueRollout({ input: 2 });
    await expect(store.waitForRollouts({ rolloutIds: [crashed.rolloutId] })).resolves.toHaveLength(1);
    releaseAgents();
    await expect(store.waitForRollouts({ rolloutIds: [rolloutId] })).resolves.toMatchObject([{ status: 'succeeded' }]);
    caller.abort();
    await Promise.allSettled([patient, crashing]);
    await store.close();
  });

  it('again and again ends the run with RUNNERS_LOST and the last cause', async () => {
    const tasks = Array.from({ length: 20 }, (_, index) => index);
    const execution = run({ agent: fixtureAgent('exiting'), nRunners: 2, data: { tasks } });
    await expect(execution).rejects.toMatchObject({
      code: 'RUNNERS_LOST',
      message: expect.stringMatching(/died more than 5 times within a minute.*worker exited with code: 3/),
    });
  });
});
