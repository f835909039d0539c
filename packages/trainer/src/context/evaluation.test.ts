import {
  type EnqueueRolloutRequest,
  InMemoryLightningStore,
  MODEL_CALL_SPAN_NAME,
  newRolloutId,
  PromptTemplate,
  type Rollout,
  type SpanDraft,
  spanFromDraft,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { InMemoryRunJournal } from './run-journal.ts';
import { useHarness } from './test-data/use-harness.ts';

const start = useHarness();

const prompt = (template: string) => new PromptTemplate({ template, engine: 'f-string' });
const never = () => new Promise<number>(() => {});

/** A run whose agent comes to the end of the task 1 alone, and whose time does not go on before it is at another one. */
function startWithDeadline({ journal = new InMemoryRunJournal() } = {}) {
  const clock = new VirtualClock();
  const begun = Promise.withResolvers<void>();
  const agent = (task: unknown) => {
    if (task === 1) return 1;
    begun.resolve();
    return never();
  };
  const store = new InMemoryLightningStore({ clock });
  const afterDeadline = async <T>(outcomes: Promise<T>): Promise<T> => {
    await begun.promise;
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    outcomes.then(end, end);
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(10);
    }
    return await outcomes;
  };
  return { ...start({ clock, store, agent, journal }), afterDeadline };
}

describe('evaluate()', () => {
  it('gives one outcome per task, in the order of the tasks, with reward and task', async () => {
    const { context } = start({ agent: (task) => Number(task) / 10 });
    const outcomes = await context.evaluate('e', { candidates: [{}], tasks: [3, 1, 2], mode: 'val' }).outcomes();
    expect(outcomes.map(({ task, index, reward, status }) => ({ task, index, reward, status }))).toEqual([
      { task: 3, index: 0, reward: 0.3, status: 'succeeded' },
      { task: 1, index: 1, reward: 0.1, status: 'succeeded' },
      { task: 2, index: 2, reward: 0.2, status: 'succeeded' },
    ]);
  });

  it('runs each candidate on each task with the initial resources merged in', async () => {
    const { context, executed } = start();
    const candidates = [{}, { prompt: prompt('better {x}') }, { other: prompt('extra') }];
    const outcomes = await context.evaluate('e', { candidates, tasks: [1], mode: 'train' }).outcomes();
    expect(outcomes.map((outcome) => outcome.candidateIndex)).toEqual([0, 1, 2]);
    const seen = executed.map(({ resources }) =>
      Object.fromEntries(Object.entries(resources).map(([name, value]) => [name, (value as PromptTemplate).template])),
    );
    expect(seen).toEqual([{ prompt: 'seed {x}' }, { prompt: 'better {x}' }, { prompt: 'seed {x}', other: 'extra' }]);
  });

  it('follows its rollouts in a store that gives them ids of its own', async () => {
    class OwnIds extends InMemoryLightningStore {
      override enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
        return super.enqueueManyRollouts(requests.map((request) => ({ ...request, rolloutId: newRolloutId() })));
      }
    }
    const store = new OwnIds();
    const { context } = start({ store, agent: (task) => (task === 3 ? never() : Number(task) / 10) });
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: [1, 2, 3], mode: 'val' });
    const rewards: unknown[] = [];
    for await (const { reward } of evaluation) {
      rewards.push(reward);
      if (rewards.length === 2) break;
    }
    expect(rewards).toEqual([0.1, 0.2]);
    const outcomes = await evaluation.outcomes();
    expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'unfinished']);
    const { items } = await store.queryRollouts({ statusIn: ['cancelled'] });
    expect(items.map(({ rolloutId }) => rolloutId)).toEqual([outcomes[2]!.rolloutId]);
  });

  it('publishes the candidate alone if asked to', async () => {
    const { context, executed } = start();
    const request = { candidates: [{ other: prompt('x') }], tasks: [1], mode: 'train', candidateOnly: true } as const;
    await context.evaluate('e', request).outcomes();
    expect(Object.keys(executed[0]!.resources)).toEqual(['other']);
  });

  it('reports a failed rollout with its error and no reward', async () => {
    const { context } = start({
      agent: () => {
        throw new RangeError('too long');
      },
    });
    const [outcome] = await context.evaluate('e', { candidates: [{}], tasks: [1], mode: 'val' }).outcomes();
    expect(outcome).toMatchObject({ status: 'failed', reward: null, error: 'RangeError: too long' });
  });

  it('tells a rollout whose runner was lost from one that took too long, and either from one that failed', async () => {
    const { context, store } = start({ agent: (task) => (task === 0 ? never() : 1) });
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: [0, 1, 2], mode: 'val' });
    // The only runner is kept busy by the first; the others are claimed, and given up, by hand.
    const statuses = ['unresponsive', 'timeout'] as const;
    while ((await store.queryRollouts({ statusIn: ['queuing'] })).total !== 2) await new Promise(setImmediate);
    for (const status of statuses) {
      const { rolloutId, attempt } = (await store.dequeueRollout({ workerId: 'other' }))!;
      await store.updateAttempt(rolloutId, attempt.attemptId, { status });
    }
    const outcomes: unknown[] = [];
    const [first] = (await store.queryRollouts({ statusIn: ['preparing', 'running'] })).items;
    await store.updateRollout(first!.rolloutId, { status: 'failed' });
    for (const { status, reward } of await evaluation.outcomes()) outcomes.push([status, reward]);
    expect(outcomes).toEqual([
      ['failed', null],
      ['lost', null],
      ['timeout', null],
    ]);
  });

  it('reports a rollout without a reward as succeeded with none', async () => {
    const { context, run } = start({ agent: () => undefined });
    const [outcome] = await context.evaluate('e', { candidates: [{}], tasks: [1], mode: 'val' }).outcomes();
    expect(outcome).toMatchObject({ status: 'succeeded', reward: null, objectives: {} });
    run.findings.atEnd(null);
    expect(run.findings.all).toMatchObject([{ code: 'reward-missing', details: { rollouts: 1, withoutReward: 1 } }]);
  });

  it('streams outcomes in task order while later ones are still running', async () => {
    const gate = Promise.withResolvers<void>();
    const { context } = start({ agent: async (task) => (task === 2 ? gate.promise.then(() => 2) : 1) });
    const received: unknown[] = [];
    for await (const outcome of context.evaluate('e', { candidates: [{}], tasks: [1, 2], mode: 'val' })) {
      received.push(outcome.reward);
      gate.resolve();
    }
    expect(received).toEqual([1, 2]);
  });

  it('stops when its loop is left: what has not ended is cancelled and unfinished', async () => {
    const { context, store } = start({ agent: (task) => (task === 1 ? 1 : never()) });
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: [1, 2, 3], mode: 'val' });
    for await (const _ of evaluation) break;
    const outcomes = await evaluation.outcomes();
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['succeeded', 'unfinished', 'unfinished']);
    const { items } = await store.queryRollouts({ statusIn: ['cancelled'] });
    expect(items).toHaveLength(2);
  });

  it('leaves out nothing at its deadline: what has not ended is unfinished, and cancelled', async () => {
    const { context, store, run, afterDeadline } = startWithDeadline();
    const request = { candidates: [{}], tasks: [1, 2], mode: 'val', timeoutSeconds: 60 } as const;
    const outcomes = await afterDeadline(context.evaluate('e', request).outcomes());
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['succeeded', 'unfinished']);
    expect((await store.getRolloutById(outcomes[1]!.rolloutId))?.status).toBe('cancelled');
    expect(run.tally.warnings().join()).toContain('1 rollout gave no result');
  });

  it('lets stragglers run on if asked to', async () => {
    const { context, store, afterDeadline } = startWithDeadline();
    const request = { candidates: [{}], tasks: [2], mode: 'val', timeoutSeconds: 60, stragglers: 'leave' } as const;
    const [outcome] = await afterDeadline(context.evaluate('e', request).outcomes());
    expect(outcome?.status).toBe('unfinished');
    expect((await store.getRolloutById(outcome!.rolloutId))?.status).toBe('preparing');
  });

  it('is frozen: a late result does not reach the outcomes, nor a second pass over the record', async () => {
    const journal = new InMemoryRunJournal();
    const request = { candidates: [{}], tasks: [2], mode: 'val', timeoutSeconds: 60 } as const;
    const first = startWithDeadline({ journal });
    const outcomes = await first.afterDeadline(
      first.context.evaluate('e', { ...request, stragglers: 'leave' }).outcomes(),
    );
    const attempt = await first.store.getLatestAttempt(outcomes[0]!.rolloutId);
    await first.store.updateAttempt(attempt!.rolloutId, attempt!.attemptId, { status: 'succeeded' });
    const second = start({ journal, store: first.store });
    const replayed = await second.context.evaluate('e', { ...request, stragglers: 'leave' }).outcomes();
    expect(JSON.stringify(replayed)).toBe(JSON.stringify(outcomes));
    expect(second.executed).toEqual([]);
  });

  it('has its verdict recorded before what is late is cancelled: a kill in between does not change it', async () => {
    const store = new InMemoryLightningStore();
    const cancelled: number[] = [];
    class Watched extends InMemoryRunJournal {
      override async closeEvaluation(key: string, verdict: string): Promise<void> {
        cancelled.push((await store.queryRollouts({ statusIn: ['cancelled'] })).total);
        await super.closeEvaluation(key, verdict);
      }
    }
    const { context } = start({ store, agent: never, journal: new Watched() });
    const request = { candidates: [{}], tasks: [1], mode: 'val', timeoutSeconds: 0.05 } as const;
    await context.evaluate('e', request).outcomes();
    expect(cancelled).toEqual([0]);
    expect((await store.queryRollouts({ statusIn: ['cancelled'] })).total).toBe(1);
  });

  it('cancels what is late on the next pass, if a kill came between its verdict and that', async () => {
    const journal = new InMemoryRunJournal();
    const request = { candidates: [{}], tasks: [1], mode: 'val', timeoutSeconds: 0.05 } as const;
    const first = start({ journal, agent: never });
    const [late] = await first.context.evaluate('e', { ...request, stragglers: 'leave' }).outcomes();
    const second = start({ journal, store: first.store });
    await second.context.evaluate('e', request).outcomes();
    expect((await first.store.getRolloutById(late!.rolloutId))?.status).toBe('cancelled');
  });

  it("has the optimiser's calls wait for a host that agents were refused by as busy", async () => {
    const store = new InMemoryLightningStore();
    const { context, run } = start({
      store,
      agent: async () => {
        const [claimed] = (await store.queryRollouts({ statusIn: ['preparing', 'running'] })).items;
        const attempt = await store.getLatestAttempt(claimed!.rolloutId);
        const draft: SpanDraft = {
          name: MODEL_CALL_SPAN_NAME,
          status: { statusCode: 'ERROR', description: 'busy' },
          attributes: {
            'server.address': 'models.example',
            'http.response.status_code': 429,
            'http.response.header.retry-after-ms': ['300'],
          },
        };
        const ids = { rolloutId: claimed!.rolloutId, attemptId: attempt!.attemptId, traceId: 'e'.repeat(32) };
        // Asked again, it answered.
        for (const each of [draft, { name: MODEL_CALL_SPAN_NAME, attributes: {} }]) {
          await store.addSpan(spanFromDraft(each, { ...ids, now: Date.now() / 1000 }));
        }
        return 1;
      },
    });
    const begin = performance.now();
    await context.evaluate('e', { candidates: [{}], tasks: [1], mode: 'val' }).outcomes();
    const calls = { stop: run.signal, abort: run.signal, each: <V>(request: () => Promise<V>) => request() };
    const ask = (host: string) => run.modelGate.call(async () => performance.now() - begin, { host }, calls);
    expect(await ask('models.example')).toBeGreaterThan(250);
  });

  it('does not run a finished rollout again when an open evaluation is begun again', async () => {
    const first = start({ agent: (task) => (task === 1 ? 1 : never()) });
    const evaluation = first.context.evaluate('e', { candidates: [{}], tasks: [1, 2], mode: 'val' });
    for await (const outcome of evaluation) {
      expect(outcome.reward).toBe(1);
      // A second algorithm takes over on the same store while the first is still open.
      const second = start({ store: first.store, agent: (task) => Number(task) * 10 });
      const again = second.context.evaluate('e', { candidates: [{}], tasks: [1, 2], mode: 'val' });
      for await (const repeated of again) {
        expect(repeated.reward).toBe(1);
        break;
      }
      expect(second.executed.map(({ task }) => task)).not.toContain(1);
      break;
    }
  });

  it('copies the tasks at the call', async () => {
    const { context, executed } = start();
    const tasks = [{ n: 1 }];
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: tasks as never, mode: 'val' });
    tasks[0]!.n = 2;
    const [outcome] = await evaluation.outcomes();
    expect(executed[0]?.task).toEqual({ n: 1 });
    expect(outcome?.task).toEqual({ n: 1 });
  });

  it('claims by priority across evaluations', async () => {
    const gate = Promise.withResolvers<void>();
    const { context, executed, store } = start({
      agent: async (task) => {
        if (task === 0) await gate.promise;
        return 1;
      },
    });
    const blocker = context.evaluate('blocker', { candidates: [{}], tasks: [0], mode: 'val' });
    const low = context.evaluate('low', { candidates: [{}], tasks: [1], mode: 'val' });
    const high = context.evaluate('high', { candidates: [{}], tasks: [2], mode: 'val', priority: 3 });
    // All three are enqueued before the agent is let go.
    while ((await store.statistics()).totalRollouts < 3) await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
    await Promise.all([blocker.outcomes(), low.outcomes(), high.outcomes()]);
    expect(executed.map(({ task }) => task)).toEqual([0, 2, 1]);
  });

  it('fails when the store no longer knows the rollouts, instead of asking for them without end', async () => {
    class ForgetfulStore extends InMemoryLightningStore {
      override async enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
        const [kept] = await super.enqueueManyRollouts(requests.slice(0, 1));
        return requests.map((_, index) => (index === 0 ? kept! : { ...kept!, rolloutId: `ro-lost-${index}` }));
      }
    }
    const { context } = start({ store: new ForgetfulStore() });
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: [1, 2, 3], mode: 'val' });
    await expect(evaluation.outcomes()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('has lost 2 rollouts of the evaluation "e"'),
    });
  });

  it('reads the trace of the attempt that counts', async () => {
    const { context } = start({ agent: () => 0.5 });
    const [outcome] = await context.evaluate('e', { candidates: [{}], tasks: [1], mode: 'val' }).outcomes();
    const spans = await outcome!.trace();
    expect(spans.map((span) => [span.name, span.attemptId])).toEqual([
      ['agentlightning.annotation', outcome!.attemptId],
    ]);
  });

  it.each([
    [{ candidates: [], tasks: [1], mode: 'val' }, /'candidates' must not be empty/],
    [{ candidates: [{}], tasks: [1], mode: 'val', timeoutSecond: 5 }, /did you mean 'timeoutSeconds'\?/],
    [{ candidates: [{}], tasks: [], mode: 'val' }, /'tasks' must not be empty/],
    [{ candidates: [{}], tasks: [1], mode: 'val', timeoutSeconds: 0 }, /'timeoutSeconds' must be a positive number/],
    [{ candidates: [{}], tasks: [1], mode: 'val', priority: 0.5 }, /'priority' must be an integer/],
  ] as const)('refuses a request that makes no sense', (request, message) => {
    const { context } = start();
    expect(() => context.evaluate('e', request as never)).toThrow(message);
  });
});
