import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  type AlgorithmContext,
  APO,
  algorithm,
  Baseline,
  ClientServerExecutionStrategy,
  type FitResult,
  InMemoryLightningStore,
  LightningError,
  PromptTemplate,
  rollout,
  SharedMemoryExecutionStrategy,
  Trainer,
  type TrainerEvent,
} from 'agentlightning';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { QuestionAgent, type RoomQuestion } from './fixtures/question-agent.ts';
import { questions, resources, SMALL_SEARCH, seedPrompt } from './fixtures/settings.ts';

let server: Awaited<ReturnType<typeof startSimulatedLlm>>;
beforeAll(async () => {
  server = await startSimulatedLlm();
});
afterAll(() => server.close());

const apo = () => new APO<RoomQuestion>(new OpenAI({ baseURL: server.baseUrl, apiKey: 'x' }), SMALL_SEARCH);

/** For whatever threads have no part in: they take half a second to start. */
const inThisThread = () => new SharedMemoryExecutionStrategy();

const datasets = { valDataset: questions(5) };

describe('fit()', () => {
  let reference: FitResult<ReturnType<APO<RoomQuestion>['restore']>>;
  beforeAll(async () => {
    const parts = {
      algorithm: apo(),
      nRunners: 1,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    };
    reference = await new Trainer(parts).fit(new QuestionAgent(), questions(6), datasets);
  });

  it.each([
    ['in one thread', inThisThread],
    ['with agents in shared threads', () => new ClientServerExecutionStrategy()],
    ['with a thread for each runner', () => new ClientServerExecutionStrategy({ isolation: 'thread' })],
    ['with a process for each runner', () => new ClientServerExecutionStrategy({ isolation: 'process' })],
    ['with the algorithm in a thread', () => new ClientServerExecutionStrategy({ mainProcess: 'runner' })],
  ])('gives the same result %s', async (_, strategy) => {
    const object = apo();
    const trainer = new Trainer({
      algorithm: object,
      strategy: strategy(),
      nRunners: 3,
      initialResources: resources(server.baseUrl),
    });
    const run = await trainer.fit(new QuestionAgent(), questions(6), datasets);

    expect(withoutRolloutIds(run.result.history)).toEqual(withoutRolloutIds(reference.result.history));
    expect(run.result.bestScore).toBe(reference.result.bestScore);
    expect(run.result.bestPrompt.template).toBe(reference.result.bestPrompt.template);
    expect(object.getBestPrompt().template).toBe(run.result.bestPrompt.template);
    expect(object.bestScore).toBe(run.result.bestScore);
    expect(object.history).toEqual(run.result.history);
  });

  it('says what it spent, as the model server counted it', async () => {
    await server.resetStats();
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 4,
      initialResources: resources(server.baseUrl),
      seed: 7,
    });
    const run = await trainer.fit(new QuestionAgent(), questions(6), { ...datasets, testDataset: questions(4) });
    const stats = await server.stats();

    expect(run).toMatchObject({ stopReason: 'completed', seed: 7 });
    // The sets of these tests are small, and what is in one is in the others.
    expect(run.findings.map(({ code }) => code)).toEqual(['datasets-overlap', 'too-few-tasks']);
    expect(run.warnings).toEqual(run.findings.map(({ message }) => message));
    expect(run.counts.rollouts).toMatchObject({ queued: 0, running: 0, failed: 0, cancelled: 0 });
    expect(run.counts.modelCalls.algorithm).toBe(
      (stats.callsByModel['sim-critic'] ?? 0) + (stats.callsByModel['sim-editor'] ?? 0),
    );
    expect(run.counts.modelCalls.agent).toBe(stats.callsByModel['sim-agent-weak']);
    expect(run.counts.rollouts.succeeded).toBe(run.counts.modelCalls.agent);
    expect(run.timings.wallSeconds).toBeGreaterThan(0);
  });

  it('scores the best prompt and the initial one on the test set, with the verdict of the paired comparison', async () => {
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 4,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const stream = trainer.stream(new QuestionAgent(), questions(6), { ...datasets, testDataset: questions(8) });
    const events: TrainerEvent[] = [];
    for await (const event of stream) events.push(event);
    const run = await stream.result;
    // The reward grows with the length of the prompt, which editing makes longer.
    expect(run.result.bestPrompt.template.length).toBeGreaterThan(seedPrompt.template.length);
    expect(run.heldOut).toMatchObject({ verdict: 'better', best: { n: 8 }, initial: { n: 8 } });
    expect(run.heldOut!.difference!.wins).toBe(8);
    // In the store both are under the names under which the search had scored them.
    const names = new Map(
      events.flatMap((event) =>
        event.type === 'algorithm-event' && event.event.type === 'candidate-proposed'
          ? [[event.resourcesId, event.event.version]]
          : [],
      ),
    );
    const test = events.find((event) => event.type === 'evaluation-ended' && event.mode === 'test');
    const tested = test?.type === 'evaluation-ended' ? test.results : [];
    expect(tested.map(({ resourcesId }) => names.get(resourcesId))).toEqual(['v0', run.result.bestVersion]);
  });

  it('resumes nothing from a run before: two runs of one trainer are alike', async () => {
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 4,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const first = await trainer.fit(new QuestionAgent(), questions(6), datasets);
    const second = await trainer.fit(new QuestionAgent(), questions(6), datasets);
    for (const { runId } of [first, second]) expect(runId).toMatch(/^run-\d{8}-\d{6}-[0-9a-f]{8}$/);
    expect(second.runId).not.toBe(first.runId);
    expect(withoutRolloutIds(second.result.history)).toEqual(withoutRolloutIds(first.result.history));
  });

  it('leaves a store of the caller open, with what happened in it', async () => {
    const store = new InMemoryLightningStore();
    const trainer = new Trainer({
      algorithm: new Baseline<RoomQuestion>(),
      store,
      nRunners: 2,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    await trainer.fit(new QuestionAgent(), questions(3));
    expect((await store.queryRollouts({ statusIn: ['succeeded'] })).total).toBe(3);
    await store.close();
  });

  it('runs another algorithm with the same agent unchanged', async () => {
    const parts = { nRunners: 2, strategy: inThisThread(), initialResources: resources(server.baseUrl) };
    const baseline = new Trainer({ ...parts, algorithm: new Baseline<RoomQuestion>() });
    const { result } = await baseline.fit(new QuestionAgent(), questions(4), datasets);
    expect(result.val).toMatchObject({ n: 5 });

    const once = algorithm(async (context: AlgorithmContext<RoomQuestion>) => {
      const tasks = Array.from(context.trainDataset);
      const outcomes = await context.evaluate('once', { candidates: [{}], tasks, mode: 'train' }).outcomes();
      return outcomes.map((outcome) => outcome.reward);
    });
    const own = await new Trainer({ ...parts, algorithm: once }).fit(new QuestionAgent(), questions(4), datasets);
    expect(own.result).toHaveLength(4);
  });

  it('reports what the agent says wherever it runs: an agent that is a plain function needs no module in one thread', async () => {
    const seen: string[] = [];
    const agent = rollout<RoomQuestion>(async ({ task, resources: { prompt } }) => {
      seen.push((prompt as PromptTemplate).format({ date: task.date }));
      return { reward: 0.5, feedback: 'half right' };
    });
    const trainer = new Trainer({
      algorithm: new Baseline<RoomQuestion>(),
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const run = await trainer.fit(agent, questions(2));
    expect(seen.sort()).toEqual(['Find a room on 2026-01-01', 'Find a room on 2026-01-02']);
    expect(run.result.outcomes.map((outcome) => outcome.feedback)).toEqual(['half right', 'half right']);
  });
});

describe('stream()', () => {
  it('tells what happens from start to end, each round and each candidate', async () => {
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 4,
      initialResources: resources(server.baseUrl),
      label: 'simulated models',
    });
    const stream = trainer.stream(new QuestionAgent(), questions(6), datasets);
    const events: TrainerEvent[] = [];
    for await (const event of stream) events.push(event);
    const run = await stream.result;

    expect(events[0]).toMatchObject({ type: 'run-started', algorithm: 'APO', nRunners: 4, runId: run.runId });
    expect([events[0], run]).toMatchObject([{ label: 'simulated models' }, { label: 'simulated models' }]);
    expect(events.at(-1)).toEqual({ type: 'run-ended', stopReason: 'completed' });
    const kinds = events.map((event) => (event.type === 'algorithm-event' ? event.event.type : event.type));
    expect(kinds.filter((kind) => kind === 'round-started')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'round-ended')).toHaveLength(2);
    const proposed = events.filter(
      (event) => event.type === 'algorithm-event' && event.event.type === 'candidate-proposed',
    );
    // And the seed.
    expect(proposed).toHaveLength(1 + run.result.counts.candidates);
    // Every score on the whole validation set can be added up from the evaluations told.
    const whole = events.filter((event) => event.type === 'evaluation-ended').filter(({ rows }) => rows.length === 5);
    const scores = whole.map(({ results: [result] }) => mean(result!.rewards.map((reward) => reward ?? Number.NaN)));
    const validations = run.result.history.map(({ validation }) => validation!.result.score!);
    const ascending = (a: number, b: number): number => a - b;
    expect(scores.sort(ascending)).toEqual(validations.sort(ascending));
    for (const { mode, rows } of whole) expect([mode, rows]).toEqual(['val', [0, 1, 2, 3, 4]]);
    const last = events.findLast((event) => event.type === 'rollouts');
    expect(last?.counts).toEqual(run.counts.rollouts);
    const best = events.findLast((event) => event.type === 'best');
    expect(best).toMatchObject({ score: run.result.bestScore, version: run.result.bestVersion });
    expect((best!.candidate['prompt'] as PromptTemplate).template).toBe(run.result.bestPrompt.template);
  });

  it('throws what stopped the run, for those who only read the events', async () => {
    const broken = algorithm<RoomQuestion>(async () => {
      throw new TypeError('a bug in the algorithm');
    });
    const trainer = new Trainer({ algorithm: broken, strategy: inThisThread() });
    const stream = trainer.stream(new QuestionAgent(), questions(2));
    stream.result.catch(() => {});
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow('a bug in the algorithm');
  });
});

describe('evaluate() and dev()', () => {
  it('scores a prompt outside of training, task by task', async () => {
    const trainer = new Trainer({ strategy: inThisThread(), initialResources: resources(server.baseUrl) });
    const short = await trainer.evaluate(new QuestionAgent(), questions(4));
    const long = await trainer.evaluate(new QuestionAgent(), questions(4), {
      resources: { prompt: longPrompt(1000) },
    });
    expect(short.outcomes.map((outcome) => outcome.task)).toEqual(questions(4));
    expect(short.score).toMatchObject({ n: 4, failed: 0, mean: 'Find a room on 2026-01-01'.length / 2000 });
    expect(long.score.mean).toBeGreaterThan(short.score.mean!);
    expect(long.score.interval![0]).toBeLessThanOrEqual(long.score.mean!);
  });

  it('keep nothing', async () => {
    const runs = mkdtempSync(join(tmpdir(), 'agl-runs-'));
    vi.stubEnv('AGL_RUNS_DIRECTORY', runs);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(runs, { recursive: true });
    });
    const trainer = new Trainer({ strategy: inThisThread(), initialResources: resources(server.baseUrl) });
    await trainer.evaluate(new QuestionAgent(), questions(1));
    expect(await trainer.dev(new QuestionAgent(), questions(1))).toMatchObject({ runDirectory: null });
    expect(readdirSync(runs)).toEqual([]);
  });

  it('tells the agent the mode it was given, and stops by its signal', async () => {
    const modes: unknown[] = [];
    const agent = rollout<RoomQuestion>(async ({ rollout: { mode } }) => {
      modes.push(mode);
      return 1;
    });
    const trainer = new Trainer({ strategy: inThisThread() });
    await trainer.evaluate(agent, questions(1));
    await trainer.evaluate(agent, questions(1), { mode: 'val' });
    expect(modes).toEqual(['test', 'val']);
    const stopped = await trainer.evaluate(agent, questions(1), { signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ stopReason: 'interrupted', outcomes: [] });
    expect(modes).toHaveLength(2);
  });

  it('looks at an agent with the Baseline, whatever algorithm the trainer has', async () => {
    await server.resetStats();
    const trainer = new Trainer({
      algorithm: apo(),
      initialResources: resources(server.baseUrl),
      strategy: inThisThread(),
    });
    const run = await trainer.dev(new QuestionAgent(), questions(3));
    expect(run.result.train).toMatchObject({ n: 3 });
    expect((await server.stats()).callsByModel).toEqual({ 'sim-agent-weak': 3 });
  });
});

describe('fit() without an algorithm', () => {
  it('serves the queue that others fill, until it is stopped', async () => {
    const store = new InMemoryLightningStore();
    const controller = new AbortController();
    const trainer = new Trainer({
      store,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const fitted = trainer.fit(new QuestionAgent(), [], { signal: controller.signal });
    const rollouts = await store.enqueueManyRollouts(questions(3).map((input) => ({ input })));
    const ended = await store.waitForRollouts({ rolloutIds: rollouts.map(({ rolloutId }) => rolloutId) });
    expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    controller.abort();
    expect(await fitted).toMatchObject({ stopReason: 'interrupted', result: undefined });
    await store.close();
  });

  it.each([2, 3])('ends by itself after maxRollouts, with %i in the queue', async (queued) => {
    const store = new InMemoryLightningStore();
    await store.enqueueManyRollouts(questions(queued).map((input) => ({ input })));
    const trainer = new Trainer({
      store,
      maxRollouts: 2,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    expect(await trainer.fit(new QuestionAgent())).toMatchObject({ stopReason: 'max-rollouts' });
    expect((await store.queryRollouts({ statusIn: ['queuing'] })).total).toBe(queued - 2);
    await store.close();
  });
});

describe('a run that is stopped', () => {
  it('resolves with the best so far', async () => {
    const controller = new AbortController();
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 2,
      initialResources: resources(server.baseUrl),
    });
    const stream = trainer.stream(new QuestionAgent(), questions(6), { ...datasets, signal: controller.signal });
    for await (const event of stream) if (event.type === 'best') controller.abort();
    const run = await stream.result;
    expect(run.stopReason).toBe('interrupted');
    expect(run.result.bestVersion).not.toBeNull();
    expect(run.heldOut).toBeNull();
    // What it had asked for waits in its directory to be resumed.
    expect(run.counts.rollouts).toMatchObject({ running: 0, cancelled: 0 });
    expect(run.counts.rollouts.queued).toBeGreaterThan(0);
  });

  it('cancels what it had asked for when nothing of it is kept', async () => {
    const controller = new AbortController();
    const trainer = new Trainer({
      algorithm: apo(),
      nRunners: 2,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const options = { ...datasets, signal: controller.signal, runDirectory: null };
    const stream = trainer.stream(new QuestionAgent(), questions(6), options);
    for await (const event of stream) if (event.type === 'best') controller.abort();
    const { counts, runDirectory } = await stream.result;
    expect(runDirectory).toBeNull();
    expect(counts.rollouts).toMatchObject({ queued: 0, running: 0 });
    expect(counts.rollouts.cancelled).toBeGreaterThan(0);
  });

  it('resolves at once when its signal was aborted before', async () => {
    const trainer = new Trainer({
      algorithm: apo(),
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const run = await trainer.fit(new QuestionAgent(), questions(6), {
      ...datasets,
      signal: AbortSignal.abort(),
    });
    expect(run).toMatchObject({ stopReason: 'interrupted', result: { bestVersion: null, bestScore: null } });
    expect(run.result.bestPrompt.template).toBe(seedPrompt.template);
  });

  it('rejects when the algorithm fails, and the algorithm object has what was found', async () => {
    const object = apo();
    const store = new InMemoryLightningStore();
    const trainer = new Trainer({
      algorithm: object,
      store,
      nRunners: 2,
      strategy: inThisThread(),
      initialResources: resources(server.baseUrl),
    });
    const stream = trainer.stream(new QuestionAgent(), questions(6), datasets);
    stream.result.catch(() => {});
    const reading = (async () => {
      for await (const event of stream) if (event.type === 'best') await store.close();
    })();
    await expect(reading).rejects.toSatisfy((error) => error instanceof LightningError);
    expect(object.bestVersion).not.toBeNull();
  });
});

function longPrompt(length: number): PromptTemplate {
  return new PromptTemplate({ template: `Find a room on {date}${'.'.repeat(length)}`, engine: 'f-string' });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rollout ids contain the run's, everything else of a history is to be equal. */
function withoutRolloutIds(history: unknown): unknown {
  return JSON.parse(JSON.stringify(history, (key, value: unknown) => (key === 'rolloutId' ? undefined : value)));
}
