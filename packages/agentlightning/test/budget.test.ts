import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  APO,
  algorithm,
  Baseline,
  type Budget,
  type BudgetLimit,
  ClientServerExecutionStrategy,
  type FitOptions,
  type Prices,
  rollout,
  SharedMemoryExecutionStrategy,
  type Spend,
  Trainer,
  type TrainerEvent,
} from 'agentlightning';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { QuestionAgent, type RoomQuestion } from './fixtures/question-agent.ts';
import { questions, resources, SMALL_SEARCH } from './fixtures/settings.ts';

/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';

let server: SimulatedLlm;
/** A run without limits, and what it came to. */
let unlimited: Awaited<ReturnType<typeof search>>;
beforeAll(async () => {
  server = await startSimulatedLlm();
  unlimited = await search({ runDirectory: null });
});
afterAll(() => server.close());
beforeEach(() => server.resetStats());

const prices: Prices = {
  'sim-critic': { inputPerMillion: 1, outputPerMillion: 4 },
  'sim-editor': { inputPerMillion: 1, outputPerMillion: 4 },
  'sim-agent-weak': { inputPerMillion: 2, outputPerMillion: 8 },
};

const inThisThread = () => new SharedMemoryExecutionStrategy();

function trainer(strategy = inThisThread, given: Prices = prices) {
  return new Trainer({
    algorithm: new APO<RoomQuestion>({ baseURL: server.baseUrl, apiKey: 'x' }, SMALL_SEARCH),
    nRunners: 3,
    strategy: strategy(),
    initialResources: resources(server.baseUrl),
    prices: given,
    // The exit status is the test runner's own.
    handleSignals: false,
  });
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agl-budget-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'run');
}

const search = (options: FitOptions<RoomQuestion>, strategy = inThisThread) =>
  trainer(strategy).fit(new QuestionAgent(), questions(6), {
    valDataset: questions(5),
    testDataset: questions(4),
    ...options,
  });

/** What a run came to, without what differs between any two runs. */
function outcomeOf({ result, heldOut, counts }: Awaited<ReturnType<typeof search>>): unknown {
  return JSON.parse(JSON.stringify({ result, heldOut, counts }), (key, value: unknown) =>
    // What was claimed at the end and not begun is claimed again.
    ['rolloutId', 'seconds', 'latencySeconds', 'retried'].includes(key) ? undefined : value,
  );
}

function amountOf({ rollouts, modelCalls, tokens, usd }: Spend, limit: BudgetLimit): number {
  if (limit === 'rollouts') return rollouts;
  if (limit === 'modelCalls') return modelCalls.algorithm + modelCalls.agent;
  return limit === 'tokens' ? tokens.prompt + tokens.completion : usd!;
}

/** What the model server was asked. */
async function asked() {
  const { callsByModel } = await server.stats();
  const agent = callsByModel['sim-agent-weak'] ?? 0;
  return { agent, optimiser: (callsByModel['sim-critic'] ?? 0) + (callsByModel['sim-editor'] ?? 0) };
}

describe('a run with a budget', () => {
  const agentsInThreads = () => new ClientServerExecutionStrategy();
  type Place = [BudgetLimit, string, () => SharedMemoryExecutionStrategy | ClientServerExecutionStrategy];
  it.each<Place>([
    ['rollouts', 'in this thread', inThisThread],
    ['rollouts', 'with the algorithm in a thread', () => new ClientServerExecutionStrategy({ mainProcess: 'runner' })],
    ['modelCalls', 'in this thread', inThisThread],
    ['tokens', 'in this thread', inThisThread],
    ['usd', 'in this thread', inThisThread],
    ['usd', 'with agents in threads', agentsInThreads],
    ...(every
      ? (['rollouts', 'modelCalls', 'tokens'] as const).map(
          (limit): Place => [limit, 'with agents in threads', agentsInThreads],
        )
      : []),
  ])('of %s stops at it, and comes to the same result with more, %s', async (limit, _, strategy) => {
    const runDirectory = newDirectory();
    let spent = 0;
    // With threads it takes a while to start each time.
    for (const share of strategy === inThisThread ? [0.2, 0.5] : [0.4]) {
      const total = amountOf(unlimited.spend, limit) * share;
      const budget: Budget = { [limit]: limit === 'usd' ? total : Math.ceil(total) };
      const run = await search({ runDirectory, budget, resume: spent > 0 }, strategy as typeof inThisThread);
      expect(run).toMatchObject({
        stopReason: 'budget',
        heldOut: null,
        budget: { limits: budget, reached: { limit, cap: budget[limit] } },
      });
      expect(run.warnings).toContainEqual(
        expect.stringMatching(/^The budget is reached: .*; the test set was not read$/),
      );
      expect(run.spend.rollouts).toBeGreaterThanOrEqual(Math.max(1, spent));
      spent = run.spend.rollouts;
      if (limit === 'rollouts') expect(spent).toBeLessThanOrEqual(budget.rollouts!);
    }
    const run = await search(
      { runDirectory, budget: { rollouts: 1000 }, resume: true },
      strategy as typeof inThisThread,
    );
    expect(run).toMatchObject({ stopReason: 'completed', budget: { reached: null } });
    expect(outcomeOf(run)).toEqual(outcomeOf(unlimited));
    // Nothing was bought twice, and what was bought is what the server sold.
    const { agent, optimiser } = await asked();
    expect(run.spend).toMatchObject({
      rollouts: run.counts.rollouts.succeeded,
      modelCalls: { algorithm: optimiser, agent },
      callsWithoutTokens: 0,
      unpricedModels: [],
    });
    expect(run.spend).toMatchObject({ ...unlimited.spend, minutes: expect.any(Number), usd: expect.any(Number) });
    expect(run.spend.usd).toBeCloseTo(unlimited.spend.usd!, 9);
  });

  it('keeps the best prompt of what it was granted', async () => {
    const { result } = await search({ runDirectory: null, budget: { rollouts: 5 } });
    expect(result).toMatchObject({ bestVersion: 'v0', bestScore: expect.any(Number) });
  });

  it('answers from its records when it is resumed after its end, with whatever budget', async () => {
    const runDirectory = newDirectory();
    const done = await search({ runDirectory });
    await server.resetStats();
    const again = await search({ runDirectory, resume: true, budget: { rollouts: 5, tokens: 1, minutes: 0.0001 } });
    expect(again.stopReason).toBe('completed');
    expect(outcomeOf(again)).toEqual(outcomeOf(done));
    expect(await asked()).toEqual({ agent: 0, optimiser: 0 });
  });

  it('of minutes stops while agents work, gives back what waits, and goes on with more', async () => {
    const runDirectory = newDirectory();
    let begun = 0;
    const slow = rollout<number>(async () => {
      begun += 1;
      await new Promise((resolve) => setTimeout(resolve, 40));
      return 1;
    });
    const train = (minutes: number, resume: boolean) =>
      new Trainer({
        algorithm: new Baseline<number>(),
        nRunners: 2,
        strategy: inThisThread(),
        budget: { minutes },
        handleSignals: false,
      }).fit(slow, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], { runDirectory, resume });
    const stopped = await train(0.1 / 60, false);
    expect(stopped).toMatchObject({ stopReason: 'budget', budget: { reached: { limit: 'minutes' } } });
    expect(begun).toBeLessThan(10);
    expect(stopped.counts.rollouts.queued).toBeGreaterThanOrEqual(10 - begun);
    const run = await train(1, true);
    expect(run).toMatchObject({ stopReason: 'completed', result: { train: { mean: 1, n: 10 } } });
    expect(begun).toBe(10);
    expect(run.spend.minutes * 60).toBeGreaterThan(0.1);
  });

  it('tells what is spent of it while it goes on, and that it is reached', async () => {
    const stream = trainer().stream(new QuestionAgent(), questions(6), {
      valDataset: questions(5),
      runDirectory: null,
      budget: { rollouts: 20 },
    });
    const events: TrainerEvent[] = [];
    for await (const event of stream) events.push(event);
    const { spend } = await stream.result;
    const told = events.filter((event) => event.type === 'spend');
    expect(told.at(-1)).toMatchObject({ budget: { rollouts: 20 }, spend: { rollouts: spend.rollouts } });
    expect(events).toContainEqual({
      type: 'budget-reached',
      reached: expect.objectContaining({ limit: 'rollouts', cap: 20 }),
    });
    expect(events).toContainEqual({
      type: 'warning',
      message: expect.stringMatching(
        /^The budget is below the plan: 'rollouts' is 20, and the run is planned to take \d+ rollouts\./,
      ),
    });
    expect(events.at(-1)).toEqual({ type: 'run-ended', stopReason: 'budget' });
  });

  it('sets the exit status to 5, unless signals are left to the caller', async () => {
    const before = process.exitCode;
    onTestFinished(() => {
      process.exitCode = before;
    });
    const train = (handleSignals: boolean) =>
      new Trainer({
        algorithm: new Baseline<number>({ nEpochs: 2 }),
        strategy: inThisThread(),
        budget: { rollouts: 2 },
        handleSignals,
      }).fit(
        rollout<number>(() => 1),
        [1, 2],
        { runDirectory: null },
      );
    expect((await train(false)).stopReason).toBe('budget');
    expect(process.exitCode).toBe(before);
    expect((await train(true)).stopReason).toBe('budget');
    expect(process.exitCode).toBe(5);
  });
});

describe('a budget that cannot be kept is refused before any work', () => {
  it.each<[string, Budget, RegExp]>([
    ['0 rollouts', { rollouts: 0 }, /'budget.rollouts' must be an integer, 1 or more/],
    ['half a call', { modelCalls: 1.5 }, /'budget.modelCalls' must be an integer/],
    ['no dollars', { usd: 0 }, /'budget.usd' must be a number, greater than 0/],
    ['a misspelt limit', { rolouts: 5 } as Budget, /'rolouts' is not an option: did you mean 'rollouts'/],
    ['a number', 5 as Budget, /'budget' must be an object such as \{ rollouts: 500 \}/],
    [
      'less than the first validation',
      { rollouts: 4 },
      /'budget.rollouts' must be 5 or more, which is what the validation of the seed prompt takes \(5 validation tasks\): current value is 4/,
    ],
  ])('%s', async (_, budget, message) => {
    await expect(search({ runDirectory: null, budget })).rejects.toThrow(message);
    expect(await asked()).toEqual({ agent: 0, optimiser: 0 });
  });

  it.each([
    ['the critic', 'sim-critic'],
    ['the agents', 'sim-agent-weak'],
  ])('dollars without a price for the model of %s', async (_, model) => {
    const { [model]: _left, ...others } = prices;
    const run = trainer(inThisThread, others).fit(new QuestionAgent(), questions(6), {
      valDataset: questions(5),
      runDirectory: null,
      budget: { usd: 1 },
    });
    await expect(run).rejects.toMatchObject({ code: 'PRICE_UNKNOWN', details: { model } });
    expect(await asked()).toEqual({ agent: 0, optimiser: 0 });
  });

  it('for an algorithm that drives the store by itself, and without one', async () => {
    const own = algorithm<number>(async ({ store }) => void (await store.enqueueRollout({ input: 1 })), {
      durable: false,
    });
    const options = { strategy: inThisThread(), budget: { rollouts: 5 } };
    const agent = rollout<number>(() => 1);
    await expect(new Trainer({ ...options, algorithm: own }).fit(agent, [1])).rejects.toThrow(
      /'budget' cannot be kept: the algorithm 'algorithm' drives the store by itself/,
    );
    await expect(new Trainer<number>(options).fit(agent)).rejects.toThrow(
      /'budget' cannot be kept: without an algorithm/,
    );
  });

  it('prices that are none', () => {
    const wrong = { mini: { inputPerMillion: -1, outputPerMillion: 1 } };
    expect(() => new Trainer({ prices: wrong })).toThrow(
      /'prices\['mini'\].inputPerMillion' must be a number, 0 or more/,
    );
    expect(() => new Trainer({ prices: { mini: 5 } as never })).toThrow(
      /'prices\['mini'\]' must be \{ inputPerMillion/,
    );
  });
});
