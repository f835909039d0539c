import type { ExecutionOutcome } from '@agentlightning/core';
import { type ClientServerExecutionOptions, ClientServerExecutionStrategy } from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tasks } from './fixtures/algorithms.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, testJob } from './test-job.ts';

/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';

let before: string[];

beforeEach(() => {
  before = openResources();
});

afterEach(() => expectNothingLeft(before));

/** Has an agent of the fixtures work on tasks, and answers what became of them and of the runners. */
function run(
  agent: string,
  data: Tasks,
  options: ClientServerExecutionOptions,
  job: { readonly nRunners?: number } = {},
): Promise<ExecutionOutcome> {
  const strategy = new ClientServerExecutionStrategy({ drainMs: 100, abortMs: 100, ...options });
  return strategy.execute(testJob({ agent: fixtureAgent(agent), data, ...job }));
}

describe('What goes wrong upstream', () => {
  it('a killed runner hangs the run for up to an hour: here its rollout is tried again at once, and at no cost', async () => {
    const { algorithm, runners } = await run('killedOnce', { tasks: [1] }, { isolation: 'process' }, { nRunners: 1 });
    expect(algorithm).toMatchObject({
      results: [
        {
          status: 'succeeded',
          attempts: [
            { status: 'unresponsive', reason: 'runner killed', workerId: 'runner-1' },
            { status: 'succeeded', workerId: 'runner-1.2' },
          ],
        },
      ],
    });
    expect(runners).toEqual({
      where: '1 in a process each',
      lost: 1,
      givenBack: 0,
      causes: [{ cause: 'it was ended by the signal SIGKILL', count: 1 }],
    });
  });

  const modes = [
    ['shared', { threads: 1 }],
    ['thread', {}],
    ['process', {}],
  ] as const;

  it.each(every ? modes : modes.slice(0, 1))(
    'a hung agent hangs the run for up to an hour: here it is a timeout (%s)',
    async (isolation, rest) => {
      const tasks = { tasks: [0, 1, 2], timeoutSeconds: 1 };
      // The only slot there is: the others come after the one that hangs.
      const { algorithm } = await run('hungAtZero', tasks, { isolation, ...rest }, { nRunners: 1 });
      expect(algorithm).toMatchObject({
        results: [
          { status: 'failed', attempts: [{ status: 'timeout' }] },
          { status: 'succeeded', reward: 1 },
          { status: 'succeeded', reward: 2 },
        ],
      });
    },
  );

  it.each(every ? (['thread', 'process'] as const) : (['thread'] as const))(
    'one crash of a runner ends the whole run: here another one takes its place (%s)',
    async (isolation) => {
      const tasks = { tasks: [1, 2, 3], maxAttempts: 2 };
      const { algorithm, runners } = await run('exitingOnce', tasks, { isolation });
      expect(algorithm).toMatchObject({ results: Array(3).fill({ status: 'succeeded' }) });
      expect(runners).toMatchObject({ lost: 3 });
    },
  );
});

describe('A task that ends its runner again and again', () => {
  it('has failed after three times, and the run goes on', async () => {
    const tasks = { tasks: [0, 1, 2], maxAttempts: 9 };
    const { algorithm, runners } = await run('poisonedByZero', tasks, { isolation: 'thread' });
    const lost = { status: 'unresponsive', reason: 'runner lost' };
    expect(algorithm).toMatchObject({
      results: [
        { status: 'failed', attempts: [lost, lost, { status: 'failed', reason: 'runner lost' }] },
        { status: 'succeeded', attempts: [{ status: 'succeeded' }] },
        { status: 'succeeded', attempts: [{ status: 'succeeded' }] },
      ],
    });
    expect(runners).toMatchObject({ lost: 3, causes: [{ cause: 'worker exited with code: 3', count: 3 }] });
  });
});

describe('An agent that blocks a thread which others share', () => {
  const ways = [
    ['from its first line on', 0],
    ['in a timer', -1],
  ] as const;

  it.each(every ? ways : ways.slice(0, 1))(
    'is found out the second time, and alone pays for it: %s',
    async (_how, task) => {
      const tasks = { tasks: [task, 1, 2] };
      const { algorithm, runners } = await run(
        'blockingAtZero',
        tasks,
        { threads: 1, blockedMs: 600 },
        { nRunners: 3 },
      );
      const { results } = algorithm as unknown as {
        results: { status: string; attempts: { reason: string | null }[] }[];
      };
      expect(results.map(({ status }) => status)).toEqual(['failed', 'succeeded', 'succeeded']);
      expect(results[0]?.attempts.map(({ reason }) => reason)).toEqual(['given back', 'runner lost']);
      const others = results.slice(1).flatMap(({ attempts }) => attempts.slice(0, -1).map(({ reason }) => reason));
      expect(new Set(others)).toEqual(new Set(['given back']));
      expect(runners).toMatchObject({
        where: '3 in a thread',
        lost: 2,
        causes: [{ cause: 'its event loop stood still for 600 ms', count: 2 }],
      });
    },
  );
});

describe("Runners with isolation 'process'", () => {
  it('claim no more than they may all together, and what a dead one was granted is granted to others', async () => {
    const job = { agent: fixtureAgent('exitingOnce'), algorithm: 'runOneByOne', data: { tasks: [1, 2] } } as const;
    const strategy = new ClientServerExecutionStrategy({ isolation: 'process' });
    // Two attempts for each task, and not one claim to spare.
    const execution = strategy.execute(testJob({ ...job, nRunners: 2, maxRollouts: 4 }));
    await expect(execution).resolves.toMatchObject({ algorithm: 2 });
  });

  it('fail the run before any rollout when the agent cannot be loaded there', async () => {
    const execution = run('agent', { tasks: [1] }, { isolation: 'process' }).catch((error: unknown) => error);
    expect(await execution).toMatchObject({ code: 'SOURCE_NOT_LOADABLE' });
  });
});

describe('An agent that computes without a pause', () => {
  it.runIf(every)('is not taken for silent where nobody else waits for its thread', async () => {
    // Heartbeats come twice a second. While the agent blocks, its own do not.
    const tasks = { tasks: [2600], unresponsiveSeconds: 2 };
    const options = { isolation: 'thread', abortMs: 5000 } as const;
    const { algorithm } = await run('blockingFor', tasks, options, { nRunners: 1 });
    expect(algorithm).toMatchObject({ results: [{ status: 'succeeded', attempts: [{ status: 'succeeded' }] }] });
  });
});
