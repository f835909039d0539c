import { once } from 'node:events';
import {
  type Agent,
  type AttemptedRollout,
  type Hook,
  InMemoryLightningStore,
  LightningError,
  type LightningStore,
  LLM,
  PromptTemplate,
  type RolloutContext,
  type RolloutStatus,
  type SpanDraft,
  type SpanInput,
  type Tracer,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentRollout } from './attempt-context.ts';
import { emitMessage, emitReward } from './emitters.ts';
import { promptRollout, rollout } from './function-agents.ts';
import { LitAgent } from './lit-agent.ts';
import { LitAgentRunner, type LitAgentRunnerOptions, type RunnerObserver } from './lit-agent-runner.ts';
import { completion, sendJson, startChatServer } from './test-data/chat-server.ts';
import { deferred } from './test-data/deferred.ts';
import { recordingLogger } from './test-data/recording-logger.ts';
import { storeWith } from './test-data/store-with.ts';

let store: InMemoryLightningStore;
beforeEach(() => {
  store = new InMemoryLightningStore();
});
afterEach(() => store.close());

/** Executes everything in the queue and answers how the rollouts ended, in the order in which they were enqueued. */
async function drainQueue(
  agent: Agent<never>,
  inputs: readonly unknown[],
  options: Partial<LitAgentRunnerOptions> = {},
  config = {},
): Promise<readonly AttemptedRollout[]> {
  const queued = await store.enqueueManyRollouts(inputs.map((input) => ({ input, mode: 'val', config })));
  const runner = new LitAgentRunner({ agent: agent as Agent, store, ...options });
  const drain = new AbortController();
  const running = runner.iter({ drain: drain.signal });
  await store.waitForRollouts({ rolloutIds: queued.map(({ rolloutId }) => rolloutId) });
  drain.abort();
  await running;
  const { items } = await store.queryRollouts();
  return items as AttemptedRollout[];
}

async function rewardsOf({ rolloutId }: { rolloutId: string }): Promise<unknown[]> {
  const { items } = await store.querySpans({ rolloutId });
  return items
    .map(({ attributes }) => attributes['agentlightning.reward.0.value'])
    .filter((value) => value !== undefined);
}

const statuses = (rollouts: readonly { status: RolloutStatus }[]): RolloutStatus[] =>
  rollouts.map(({ status }) => status);

/** An agent that runs until it is told to stop, and what it does then is `end`. */
function waiting(started: (rollout: RolloutContext) => void, end: () => number): Agent {
  return rollout(async ({ rollout: context, signal }) => {
    started(context);
    if (!signal.aborted) await once(signal, 'abort');
    return end();
  });
}

/** Awaits what goes on on a clock that moves on only when nothing else happens. */
async function whileTimePasses<T>(clock: VirtualClock, running: Promise<T>): Promise<T> {
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
  };
  running.then(end, end);
  while (!hasEnded) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(0.01);
  }
  return await running;
}

describe('LitAgentRunner options', () => {
  const agent = rollout(() => 1);

  it('are checked before anything starts', () => {
    const make = (options: object) => () => new LitAgentRunner({ agent, store, ...options });
    expect(make({ slots: 0 })).toThrow(
      new RangeError("Cannot create the runner as 'slots' must be a positive integer: current value is 0"),
    );
    expect(make({ slots: 1.5 })).toThrow(RangeError);
    expect(make({ maxRollouts: -1 })).toThrow(RangeError);
    expect(make({ heartbeatIntervalMs: 0 })).toThrow(RangeError);
    expect(make({ slotz: 2 })).toThrow(/'slotz' is not an option: did you mean 'slots'\?/);
    expect(make({ agent: {} })).toThrow(/'agent' must be an agent with a rollout\(\) method/);
  });

  it('of iter() and step() as well', async () => {
    const runner = new LitAgentRunner({ agent, store });
    await expect(runner.step(1, { resource: {} } as object)).rejects.toThrow(/did you mean 'resources'\?/);
    await expect(runner.iter({ abord: AbortSignal.abort() } as object)).rejects.toThrow(/did you mean 'abort'\?/);
    expect((await store.queryRollouts()).total).toBe(0);
  });
});

describe('LitAgentRunner.iter()', () => {
  it('executes what is queued, and reports each rollout with its reward', async () => {
    const rollouts = await drainQueue(
      rollout<number>(({ task }) => task / 10),
      [1, 2, 3],
      { slots: 2 },
    );
    expect(statuses(rollouts)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await Promise.all(rollouts.map(rewardsOf))).toEqual([[0.1], [0.2], [0.3]]);
    expect(rollouts.map(({ attempt }) => attempt.metadata)).toEqual([null, null, null]);
  });

  it('gives the agent the resources its rollout was enqueued with', async () => {
    const first = await store.addResources({ prompt: new PromptTemplate({ template: 'one' }) });
    await store.addResources({ prompt: new PromptTemplate({ template: 'three' }) });
    await store.enqueueRollout({ input: 0, resourcesId: first.resourcesId });
    const rollouts = await drainQueue(
      promptRollout((_, prompt) => prompt.template.length),
      [0],
    );
    expect(await Promise.all(rollouts.map(rewardsOf))).toEqual([[3], [5]]);
  });

  it('sees a snapshot that was replaced in place before the rollout was enqueued', async () => {
    await store.updateResources('v', { prompt: new PromptTemplate({ template: 'one' }) });
    const runner = new LitAgentRunner({
      agent: promptRollout((_, prompt) => prompt.template.length),
      store,
      maxRollouts: 2,
    });
    const first = await store.enqueueRollout({ input: 0, resourcesId: 'v' });
    const running = runner.iter();
    await store.waitForRollouts({ rolloutIds: [first.rolloutId] });
    await store.updateResources('v', { prompt: new PromptTemplate({ template: 'three' }) });
    const second = await store.enqueueRollout({ input: 0, resourcesId: 'v' });
    await running;
    expect([await rewardsOf(first), await rewardsOf(second)]).toEqual([[3], [5]]);
  });

  it('fails an attempt whose resources do not exist, naming them', async () => {
    await store.enqueueRollout({ input: 0, resourcesId: 'rs-gone' });
    const ran: unknown[] = [];
    await new LitAgentRunner({ agent: rollout(() => void ran.push(1)), store, maxRollouts: 1 }).iter();
    const failed = (await store.queryRollouts()).items[0] as AttemptedRollout;
    expect(failed.status).toBe('failed');
    expect(failed.attempt.metadata).toEqual({
      error: "LightningError: The store has no resources with the id 'rs-gone'",
    });
    expect(ran).toEqual([]);
  });

  it('records the error of an agent that throws, and goes on', async () => {
    const [failed, succeeded] = await drainQueue(
      rollout<number>(({ task }) => {
        if (task === 0) throw new RangeError('no room left');
        return 1;
      }),
      [0, 1],
    );
    expect(statuses([failed!, succeeded!])).toEqual(['failed', 'succeeded']);
    expect(failed!.attempt.metadata).toEqual({ error: 'RangeError: no room left' });
    const { items } = await store.querySpans({ rolloutId: failed!.rolloutId });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      name: 'agentlightning.exception',
      attributes: { 'exception.type': 'RangeError', 'exception.message': 'no room left' },
    });
    expect(items[0]!.attributes['exception.stacktrace']).toContain('lit-agent-runner.test');
  });

  it.each([
    ['a text', 'no', 'Error: Something other than an Error was thrown: no'],
    ['nothing', undefined, 'Error: Something other than an Error was thrown: undefined'],
    ['an object without a prototype', Object.create(null), 'Error: Something was thrown that cannot be described'],
    ['a frozen error', Object.freeze(new RangeError('x')), 'RangeError: x'],
  ])('reports an agent that throws %s', async (_what, thrown: unknown, error) => {
    const agent = rollout(() => {
      throw thrown;
    });
    const [failed] = await drainQueue(agent, [0]);
    expect(failed).toMatchObject({ status: 'failed', attempt: { metadata: { error } } });
    expect((await store.querySpans({ rolloutId: failed!.rolloutId, name: 'agentlightning.exception' })).total).toBe(1);
  });

  it.each([[Number.NaN], ['1'], [{ rewards: 1 }]])('fails an attempt whose agent returns %j', async (result) => {
    const [failed] = await drainQueue(
      rollout(() => result as never),
      [0],
    );
    expect(failed!.status).toBe('failed');
    expect(failed!.attempt.metadata!['error']).toMatch(/no rollout result/);
  });

  it('succeeds with an agent that returns nothing and calls no model', async () => {
    const [done] = await drainQueue(
      rollout(() => {}),
      [0],
    );
    expect(done!.status).toBe('succeeded');
    expect((await store.querySpans({ rolloutId: done!.rolloutId })).total).toBe(0);
  });

  it('counts a returned reward after the emitted ones', async () => {
    const [done] = await drainQueue(
      rollout(() => {
        emitReward(0.1);
        emitReward(0.2);
        return 0.3;
      }),
      [0],
    );
    expect(await rewardsOf(done!)).toEqual([0.1, 0.2, 0.3]);
  });

  it('chooses the method by the mode', async () => {
    class Both extends LitAgent {
      override trainingRollout = (): number => 1;
      override validationRollout = (): number => 2;
    }
    class OnlyTraining extends LitAgent {
      override trainingRollout = (): number => 3;
    }
    for (const mode of ['train', 'val', 'test', null] as const) await store.enqueueRollout({ input: 0, mode });
    await new LitAgentRunner({ agent: new Both(), store, maxRollouts: 4 }).iter();
    const { items } = await store.queryRollouts();
    expect(await Promise.all(items.map(rewardsOf))).toEqual([[1], [2], [2], [2]]);

    const runner = new LitAgentRunner({ agent: new OnlyTraining(), store });
    await expect(runner.step(0, { mode: 'val' })).rejects.toThrow(
      'OnlyTraining cannot work on a rollout whose mode is val as it defines neither validationRollout() nor rollout()',
    );
    expect((await runner.step(0, { mode: 'train' })).reward).toBe(3);
  });

  it('executes as many rollouts at once as it has slots', async () => {
    let now = 0;
    let most = 0;
    const full = deferred();
    await drainQueue(
      rollout(async () => {
        now += 1;
        most = Math.max(most, now);
        if (now === 3) full.resolve();
        await full.promise;
        now -= 1;
      }),
      [1, 2, 3, 4, 5, 6, 7],
      { slots: 3 },
    );
    expect(most).toBe(3);
  });

  it('keeps rollouts that run at once apart', async () => {
    const rollouts = await drainQueue(
      rollout<number>(async ({ task, rollout: context }) => {
        for (let turn = 0; turn < 5; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          expect(currentRollout()?.rolloutId).toBe(context.rolloutId);
          emitReward(task);
        }
      }),
      [1, 2, 3, 4, 5, 6, 7, 8],
      { slots: 8 },
    );
    expect(await Promise.all(rollouts.map(rewardsOf))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((task) => Array<number>(5).fill(task)),
    );
    expect(statuses(rollouts)).not.toContain('failed');
  });

  it('stops after maxRollouts, and says what it did', async () => {
    await store.enqueueManyRollouts([1, 2, 3, 4, 5].map((input) => ({ input })));
    const agent = rollout<number>(({ task }) => {
      if (task === 2) throw new Error('no');
    });
    const summary = await new LitAgentRunner({ agent, store, slots: 2, maxRollouts: 3 }).iter();
    expect(summary).toEqual({ rollouts: 3, succeeded: 2, failed: 1, timedOut: 0, interrupted: 0 });
    expect((await store.queryRollouts({ statusIn: ['queuing'] })).total).toBe(2);
  });

  it('shares a budget of claims with other runners', async () => {
    await store.enqueueManyRollouts(Array.from({ length: 9 }, (_, input) => ({ input })));
    let left = 4;
    const claims = {
      take: (max: number) => {
        const taken = Math.min(max, left);
        left -= taken;
        return taken;
      },
      settle: (reserved: number, used: number) => {
        left += reserved - used;
      },
    };
    const runners = [1, 2].map(() => new LitAgentRunner({ agent: rollout(() => 1), store, slots: 3, claims }));
    const done = await Promise.all(runners.map((runner) => runner.iter()));
    expect(done.reduce((sum, { rollouts }) => sum + rollouts, 0)).toBe(4);
  });

  it('ends when the store closes', async () => {
    const running = new LitAgentRunner({ agent: rollout(() => 1), store }).iter();
    await store.close();
    expect(await running).toMatchObject({ rollouts: 0 });
  });

  it('finishes what is under way when it is told to drain', async () => {
    const started = deferred();
    const goOn = deferred();
    const drain = new AbortController();
    await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    const agent = rollout(async ({ signal }) => {
      started.resolve();
      await goOn.promise;
      expect(signal.aborted).toBe(false);
      return 1;
    });
    const running = new LitAgentRunner({ agent, store }).iter({ drain: drain.signal });
    await started.promise;
    drain.abort();
    goOn.resolve();
    expect(await running).toMatchObject({ rollouts: 1, succeeded: 1 });
    expect(statuses((await store.queryRollouts()).items)).toEqual(['succeeded', 'queuing']);
  });

  it('never reports an interrupted attempt as succeeded, whatever its agent returns', async () => {
    const started = deferred<unknown>();
    const abort = new AbortController();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const running = new LitAgentRunner({ agent: waiting(started.resolve, () => 1), store }).iter({
      abort: abort.signal,
    });
    await started.promise;
    abort.abort();
    expect(await running).toEqual({ rollouts: 1, succeeded: 0, failed: 0, timedOut: 0, interrupted: 1 });
    const attempt = await store.getLatestAttempt(rolloutId);
    expect(attempt).toMatchObject({ status: 'unresponsive', metadata: { reason: 'shutdown' } });
    expect(await rewardsOf({ rolloutId })).toEqual([]);
  });

  it('does not wait for an agent that ignores the abort', async () => {
    const started = deferred();
    const late = deferred<number>();
    const logger = recordingLogger();
    const agent = rollout(() => {
      started.resolve();
      return late.promise;
    });
    const abort = new AbortController();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const running = new LitAgentRunner({ agent, store, abortGraceMs: 1, logger }).iter({ abort: abort.signal });
    await started.promise;
    abort.abort();
    await running;
    late.resolve(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({ status: 'unresponsive' });
    expect(await rewardsOf({ rolloutId })).toEqual([]);
    expect(logger.lines).toContain('warn: An agent ignores the abort of its signal and is left behind');
  });

  it('frees the slot of an agent that is past its deadline, and drops what comes late', async () => {
    const reasons: unknown[] = [];
    const late = deferred<number>();
    const agent = rollout<number>(({ task, signal }) => {
      if (task > 0) return 1;
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return late.promise;
    });
    const clock = new VirtualClock();
    store = new InMemoryLightningStore({ clock });
    await store.enqueueManyRollouts([{ input: 0, config: { timeoutSeconds: 0.02 } }, { input: 1 }]);
    const runner = new LitAgentRunner({ agent, store, clock, abortGraceMs: 1, maxRollouts: 2 });
    const summary = await whileTimePasses(clock, runner.iter());
    late.resolve(1);
    expect(summary).toMatchObject({ succeeded: 1, timedOut: 1 });
    const { items } = await store.queryRollouts();
    expect((items[0] as AttemptedRollout).attempt.status).toBe('timeout');
    expect(await rewardsOf(items[0]!)).toEqual([]);
    expect(reasons).toEqual([expect.objectContaining({ code: 'TIMEOUT' })]);
  });

  it('tells its observer what it claimed before it begins, and of each end whether the agent goes on', async () => {
    const told: unknown[] = [];
    const late = deferred<number>();
    const agent = rollout<number>(({ task }) => {
      told.push(`begins ${task}`);
      return task > 0 ? 1 : late.promise;
    });
    const clock = new VirtualClock();
    store = new InMemoryLightningStore({ clock });
    await store.enqueueManyRollouts([{ input: 0, config: { timeoutSeconds: 0.02 } }, { input: 1 }]);
    const observer: RunnerObserver = {
      claimed: (rollouts) => told.push(rollouts.map(({ input }) => input)),
      ended: ({ input }, isLeftBehind) => told.push({ input, isLeftBehind }),
    };
    const options = { clock, abortGraceMs: 1, slots: 2, maxRollouts: 2, observer };
    await whileTimePasses(clock, new LitAgentRunner({ agent, store, ...options }).iter());
    late.resolve(1);
    expect(told).toEqual([
      [0, 1],
      'begins 0',
      'begins 1',
      { input: 1, isLeftBehind: false },
      { input: 0, isLeftBehind: true },
    ]);
  });

  it('aborts an attempt that the store says no longer counts, and drops its result', async () => {
    const started = deferred<RolloutContext>();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const agent = waiting(started.resolve, () => 1);
    const running = new LitAgentRunner({ agent, store, maxRollouts: 1, heartbeatIntervalMs: 2 }).iter();
    await started.promise;
    await store.updateRollout(rolloutId, { status: 'cancelled' });
    expect(await running).toMatchObject({ interrupted: 1 });
    expect((await store.getRolloutById(rolloutId))?.status).toBe('cancelled');
    expect(await rewardsOf({ rolloutId })).toEqual([]);
  });

  it('tells the store at once that it lives, and then which attempts it executes', async () => {
    const started = deferred<RolloutContext>();
    const beats: unknown[] = [];
    const named = deferred();
    const watched = storeWith(store, {
      updateWorker: async (workerId, heartbeat) => {
        beats.push(heartbeat?.attempts);
        if (heartbeat?.attempts?.length === 1) named.resolve();
        return store.updateWorker(workerId, heartbeat);
      },
    });
    const abort = new AbortController();
    await store.enqueueRollout({ input: 1 });
    const runner = new LitAgentRunner({
      agent: waiting(started.resolve, () => 1),
      store: watched,
      workerId: 'w',
      heartbeatIntervalMs: 2,
    });
    const running = runner.iter({ abort: abort.signal });
    const { rolloutId, attempt } = await started.promise;
    await named.promise;
    abort.abort();
    await running;
    expect(beats[0]).toEqual([]);
    expect(beats).toContainEqual([{ rolloutId, attemptId: attempt.attemptId }]);
    expect(await store.getWorkerById('w')).toMatchObject({ heartbeatStats: { slots: 1 } });
  });

  it('leaves no timer and no global behind', async () => {
    const clock = new VirtualClock();
    const slot = Symbol.for('undici.globalDispatcher.1');
    const dispatcher = (): unknown => (globalThis as unknown as Record<symbol, unknown>)[slot];
    void globalThis.Headers;
    const found = dispatcher();
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    await store.enqueueManyRollouts(
      Array.from({ length: 64 }, (_, input) => ({ input, config: { timeoutSeconds: 60 } })),
    );
    let within: unknown;
    const agent = rollout(async () => {
      within = dispatcher();
      await new Promise((resolve) => setImmediate(resolve));
    });
    await new LitAgentRunner({ agent, store, slots: 64, maxRollouts: 64, clock }).iter();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(within === found).toBe(false);
    expect(dispatcher() === found).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('refuses a second call while one is under way', async () => {
    const drain = new AbortController();
    const runner = new LitAgentRunner({ agent: rollout(() => 1), store });
    const running = runner.iter({ drain: drain.signal });
    await expect(runner.iter()).rejects.toMatchObject({ code: 'RUN_NOT_ALLOWED' });
    drain.abort();
    await running;
  });

  it('aborts and ends when it is disposed of', async () => {
    const started = deferred<unknown>();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const runner = new LitAgentRunner({ agent: waiting(started.resolve, () => 1), store });
    const running = runner.iter();
    await started.promise;
    await runner[Symbol.asyncDispose]();
    await runner[Symbol.asyncDispose]();
    expect(await running).toMatchObject({ interrupted: 1 });
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({ status: 'unresponsive' });
    await expect(runner.iter()).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('LitAgentRunner and a store that is away', () => {
  const unavailable = (): LightningError => new LightningError('UNAVAILABLE', 'no connection');

  /** Each of the named methods fails at its first call. */
  function flaky(methods: readonly (keyof LightningStore)[]): LightningStore {
    const overrides: Record<string, unknown> = {};
    for (const name of methods) {
      let failed = false;
      overrides[name] = (...args: unknown[]) => {
        if (failed) return ((store as LightningStore)[name] as (...args: unknown[]) => unknown).apply(store, args);
        failed = true;
        return Promise.reject(unavailable());
      };
    }
    return storeWith(store, overrides);
  }

  it('comes back for the claim, the resources, the spans and the report', async () => {
    await store.addResources({ prompt: new PromptTemplate({ template: 'one' }) });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const away = flaky(['dequeueManyRollouts', 'getResourcesById', 'addManySpans', 'updateAttempt', 'updateWorker']);
    const agent = promptRollout((_, prompt) => prompt.template.length);
    const summary = await new LitAgentRunner({ agent, store: away, maxRollouts: 1 }).iter();
    expect(summary).toMatchObject({ succeeded: 1 });
    expect(await store.getRolloutById(rolloutId)).toMatchObject({ status: 'succeeded' });
    expect(await rewardsOf({ rolloutId })).toEqual([3]);
  });

  it('gets what it claimed when the answer was lost, each claim under an id of its own', async () => {
    const claimIds: (string | undefined)[] = [];
    const lossy = storeWith(store, {
      dequeueManyRollouts: async (options) => {
        const claimed = await store.dequeueManyRollouts(options);
        claimIds.push(options?.claimId);
        if (claimIds.length === 1) throw unavailable();
        return claimed;
      },
    });
    await store.enqueueManyRollouts([1, 2, 3, 4].map((input) => ({ input })));
    const agent = rollout(() => 1);
    const summary = await new LitAgentRunner({ agent, store: lossy, maxRollouts: 4, slots: 2 }).iter();
    expect(summary).toMatchObject({ rollouts: 4, succeeded: 4 });
    expect((await store.statistics()).totalAttempts).toBe(4);
    const [first, second, ...others] = claimIds;
    expect(second).toBe(first);
    expect(new Set([first, ...others]).size).toBe(1 + others.length);
  });

  it('does not execute what was given up before the answer came', async () => {
    const late = storeWith(store, {
      dequeueManyRollouts: async (options) => {
        const claimed = await store.dequeueManyRollouts(options);
        const [first] = claimed;
        if (first?.input !== 'late') return claimed;
        await store.updateRollout(first.rolloutId, { status: 'cancelled' });
        return store.dequeueManyRollouts(options);
      },
    });
    const executed: unknown[] = [];
    const agent = rollout(({ task }) => void executed.push(task));
    await store.enqueueManyRollouts([{ input: 'late' }, { input: 'in time' }]);
    await new LitAgentRunner({ agent, store: late, maxRollouts: 1 }).iter();
    expect(executed).toEqual(['in time']);
  });

  it('gives up when the outage lasts longer than its budget', async () => {
    const away = storeWith(store, { dequeueManyRollouts: () => Promise.reject(unavailable()) });
    const runner = new LitAgentRunner({ agent: rollout(() => 1), store: away, storeOutageBudgetMs: 0 });
    await expect(runner.iter()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('ends what is under way before it passes an error of the store on', async () => {
    const goOn = deferred();
    let claims = 0;
    const refusing = storeWith(store, {
      dequeueManyRollouts: (options) => {
        claims += 1;
        if (claims === 1) return store.dequeueManyRollouts(options);
        setImmediate(() => goOn.resolve());
        return Promise.reject(new LightningError('UNAUTHENTICATED', 'wrong token'));
      },
    });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const agent = rollout(() => goOn.promise);
    const runner = new LitAgentRunner({ agent, store: refusing, slots: 2 });
    await expect(runner.iter()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await store.getRolloutById(rolloutId)).toMatchObject({ status: 'succeeded' });
  });

  it('stores spans before it reports, the last ones with the report', async () => {
    const calls: string[] = [];
    const watched = storeWith(store, {
      addManySpans: async (spans) => {
        const stored = await store.addManySpans(spans);
        calls.push(`${spans.length} spans`);
        return stored;
      },
      updateAttempt: (rolloutId, attemptId, patch, options) => {
        calls.push(`${patch.status} with ${options?.spans?.length} spans`);
        return store.updateAttempt(rolloutId, attemptId, patch, options);
      },
    });
    const agent = rollout<number>(({ task: messages }) => {
      for (let n = 0; n < messages; n++) emitMessage('hello');
      return 1;
    });
    const rollouts = await store.enqueueManyRollouts([{ input: 1 }, { input: 64 }]);
    await new LitAgentRunner({ agent, store: watched, maxRollouts: 2 }).iter();
    expect(calls).toEqual(['succeeded with 2 spans', '64 spans', 'succeeded with 1 spans']);
    for (const { rolloutId } of rollouts) expect(await rewardsOf({ rolloutId })).toEqual([1]);
  });

  it('does not fail a rollout whose spans are refused, and says how many are lost', async () => {
    const check = (spans: readonly SpanInput[] = []): void => {
      if (spans.some(({ name }) => name === 'agentlightning.message')) {
        throw new LightningError('INVALID_ARGUMENT', 'a bad span');
      }
    };
    const refusing = storeWith(store, {
      addManySpans: async (spans) => {
        check(spans);
        return store.addManySpans(spans);
      },
      updateAttempt: async (rolloutId, attemptId, patch, options) => {
        check(options?.spans);
        return store.updateAttempt(rolloutId, attemptId, patch, options);
      },
    });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const agent = rollout(() => {
      emitMessage('hello');
      return 1;
    });
    await new LitAgentRunner({ agent, store: refusing, maxRollouts: 1 }).iter();
    expect(await rewardsOf({ rolloutId })).toEqual([1]);
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({ status: 'succeeded', metadata: { lostSpans: 1 } });
  });

  it('goes on after a record that no store should have given', async () => {
    let claims = 0;
    const confused = storeWith(store, {
      dequeueManyRollouts: async (options) => {
        claims += 1;
        return claims > 1
          ? store.dequeueManyRollouts(options)
          : [{ status: 'preparing', attempt: { attemptId: 'at-x', status: 'preparing' } } as AttemptedRollout];
      },
    });
    await store.enqueueRollout({ input: 1 });
    const summary = await new LitAgentRunner({ agent: rollout(() => 1), store: confused, maxRollouts: 2 }).iter();
    expect(summary).toMatchObject({ rollouts: 2, succeeded: 1, failed: 1 });
  });

  it('does not flood a store that does not wait by itself', async () => {
    let claims = 0;
    const impatient = storeWith(store, {
      dequeueManyRollouts: () => {
        claims += 1;
        return store.dequeueManyRollouts();
      },
    });
    const drain = new AbortController();
    const options = { agent: rollout(() => 1), store: impatient, clock: new VirtualClock() };
    const running = new LitAgentRunner(options).iter({ drain: drain.signal });
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    drain.abort();
    await running;
    expect(claims).toBe(1);
  });
});

describe('LitAgentRunner hooks and tracers', () => {
  it('tells hooks of each moment, with the spans at the end', async () => {
    const events: string[] = [];
    const hook: Hook = {
      onRolloutStart: ({ rollout: { rolloutId } }) => void events.push(`start ${rolloutId.slice(0, 3)}`),
      onTraceStart: () => void events.push('trace start'),
      onTraceEnd: async () => void events.push('trace end'),
      onRolloutEnd: ({ status, spans }) => void events.push(`end ${status} ${spans.length}`),
    };
    const agent = rollout(() => {
      events.push('agent');
      return 1;
    });
    await drainQueue(agent, [0], { hooks: [hook] });
    expect(events).toEqual(['start ro-', 'trace start', 'agent', 'trace end', 'end succeeded 1']);
  });

  it('goes on when hooks throw and reject', async () => {
    const logger = recordingLogger();
    const fail = (): never => {
      throw new Error('hook');
    };
    const hook: Hook = { onRolloutStart: fail, onTraceStart: async () => fail(), onTraceEnd: fail, onRolloutEnd: fail };
    const [done] = await drainQueue(
      rollout(() => 1),
      [0],
      { hooks: [hook], logger },
    );
    expect(done!.status).toBe('succeeded');
    expect(logger.lines.filter((line) => line === 'error: A hook failed')).toHaveLength(4);
  });

  it('does not wait longer than five seconds for a hook or a tracer', async () => {
    const never = new Promise<never>(() => {});
    const clock = new VirtualClock();
    const logger = recordingLogger();
    const tracer: Tracer = { name: 'slow', startTrace: () => ({ run: (body) => body(), end: () => never }) };
    const hooks: Hook[] = [{ onRolloutStart: () => never, onTraceEnd: () => never }];
    await store.enqueueRollout({ input: 1 });
    const runner = new LitAgentRunner({ agent: rollout(() => 1), store, hooks, tracer, clock, logger, maxRollouts: 1 });
    let ended = false;
    const running = runner.iter().finally(() => {
      ended = true;
    });
    const began = clock.now();
    while (!ended) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(0.5);
    }
    expect(await running).toMatchObject({ succeeded: 1 });
    // Three waits of five seconds, in steps of half a second.
    expect(clock.now() - began).toBeLessThan(20);
    expect(logger.lines.filter((line) => line.includes('too long'))).toHaveLength(3);
  });

  it.each<[string, Tracer]>([
    [
      'install',
      {
        name: 'broken',
        install: () => {
          throw new Error('install');
        },
        startTrace: () => ({ run: (body) => body(), end: async () => {} }),
      },
    ],
    [
      'startTrace',
      {
        name: 'broken',
        startTrace: () => {
          throw new Error('start');
        },
      },
    ],
    [
      'run, before the agent',
      {
        name: 'broken',
        startTrace: () => ({
          run: () => Promise.reject(new Error('run')),
          end: () => Promise.reject(new Error('end')),
        }),
      },
    ],
    [
      'run, after the agent',
      {
        name: 'broken',
        startTrace: () => ({
          run: async (body) => {
            await body();
            throw new Error('run');
          },
          end: async () => {},
        }),
      },
    ],
  ])('runs the agent once when the tracer fails in %s', async (_where, tracer) => {
    let runs = 0;
    const logger = recordingLogger();
    const agent = rollout(() => {
      runs += 1;
      return 1;
    });
    const [done] = await drainQueue(agent, [0], { tracer, logger });
    expect(done!.status).toBe('succeeded');
    expect(runs).toBe(1);
    expect(logger.lines).toContain('error: The tracer failed');
  });

  it('records model calls by default, and none with tracer: null', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const agent = rollout(async ({ llm }) => {
      const client = new OpenAI({ baseURL: llm!.endpoint, apiKey: llm!.apiKey! });
      await client.chat.completions.create({ model: llm!.model, messages: [{ role: 'user', content: 'Which?' }] });
      emitMessage(`called with ${llm!.apiKey}`);
      return { reward: 1, feedback: `key ${llm!.apiKey}` };
    });
    const resources = { llm: new LLM({ endpoint: server.baseURL, model: 'm', apiKey: 'sk-canary-0123456789' }) };
    await using runner = new LitAgentRunner({ agent, store });
    const { spans, reward } = await runner.step(0, { resources });
    expect(spans.map(({ name }) => name)).toEqual([
      'openai.chat.completion',
      'agentlightning.message',
      'agentlightning.annotation',
    ]);
    expect(reward).toBe(1);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(JSON.stringify(spans)).not.toContain('canary');
    await using plain = new LitAgentRunner({ agent, store, tracer: null });
    expect((await plain.step(0, { resources })).spans).toHaveLength(2);
  });
});

describe('LitAgentRunner.step()', () => {
  it('answers the finished rollout with what was recorded', async () => {
    const agent = promptRollout<string>((task, prompt, { mode }) => {
      emitMessage(prompt.format({ task }));
      return mode === 'train' ? 0.5 : 0;
    });
    await using runner = new LitAgentRunner({ agent, store });
    const done = await runner.step('x', {
      mode: 'train',
      resources: { p: new PromptTemplate({ template: 'do {task}' }) },
    });
    expect(done).toMatchObject({
      status: 'succeeded',
      input: 'x',
      mode: 'train',
      reward: 0.5,
      attempt: { status: 'succeeded' },
    });
    expect(done.spans[0]!.attributes).toEqual({ 'agentlightning.message.body': 'do x' });
  });

  it('throws what the agent threw', async () => {
    const error = new TypeError('a bug');
    await using runner = new LitAgentRunner({
      agent: rollout(() => {
        throw error;
      }),
      store,
    });
    await expect(runner.step(0)).rejects.toBe(error);
    expect(statuses((await store.queryRollouts()).items)).toEqual(['failed']);
  });

  it('is aborted by its signal', async () => {
    const abort = new AbortController();
    await using runner = new LitAgentRunner({
      agent: waiting(
        () => abort.abort(),
        () => 1,
      ),
      store,
    });
    await expect(runner.step(0, { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await store.queryRollouts()).items[0]).toMatchObject({ attempt: { status: 'unresponsive' } });
  });

  it('does not run an agent whose signal was aborted before', async () => {
    let ran = false;
    const run = (): void => {
      ran = true;
    };
    await using runner = new LitAgentRunner({ agent: rollout(run), store });
    await expect(runner.step(0, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(ran).toBe(false);
  });

  it('takes spans that the agent returns', async () => {
    const draft: SpanDraft = { name: 'mine', attributes: { a: 1 }, startTime: 5, endTime: 6 };
    await using runner = new LitAgentRunner({ agent: rollout(() => [draft]), store });
    expect((await runner.step(0)).spans).toMatchObject([
      { name: 'mine', attributes: { a: 1 }, startTime: 5, endTime: 6 },
    ]);
  });
});
