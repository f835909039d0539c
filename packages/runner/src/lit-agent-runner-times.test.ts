import { InMemoryLightningStore, LightningError, type LightningStore } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emitMessage } from './emitters.ts';
import { rollout } from './function-agents.ts';
import { LitAgentRunner } from './lit-agent-runner.ts';
import { deferred } from './test-data/deferred.ts';
import { recordingLogger } from './test-data/recording-logger.ts';
import { storeWith } from './test-data/store-with.ts';

let store: InMemoryLightningStore;
let clock: VirtualClock;
beforeEach(() => {
  store = new InMemoryLightningStore();
  clock = new VirtualClock();
});
afterEach(() => store.close());

/** Lets everything happen that needs no time on the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("LitAgentRunner 'abortGraceMs'", () => {
  it('is how long an aborted agent keeps its slot', async () => {
    const started = deferred();
    const agent = rollout(() => {
      started.resolve();
      return new Promise<number>(() => {});
    });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const abort = new AbortController();
    const runner = new LitAgentRunner({ agent, store, clock, abortGraceMs: 7000, maxRollouts: 1 });
    let hasEnded = false;
    const running = runner.iter({ abort: abort.signal }).finally(() => {
      hasEnded = true;
    });
    await started.promise;
    clock.advance(60);
    abort.abort();
    await settle();
    clock.advance(6.75);
    await settle();
    expect(hasEnded).toBe(false);
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({ endTime: null });
    clock.advance(0.25);
    expect(await running).toMatchObject({ interrupted: 1 });
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({ status: 'unresponsive' });
  });
});

describe("LitAgentRunner 'heartbeatIntervalMs'", () => {
  it('is the time from one sign of life to the next', async () => {
    let beats = 0;
    const watched = storeWith(store, {
      updateWorker: (workerId, heartbeat) => {
        beats += 1;
        return store.updateWorker(workerId, heartbeat);
      },
    });
    const drain = new AbortController();
    const runner = new LitAgentRunner({
      agent: rollout(() => 1),
      store: watched,
      clock,
      heartbeatIntervalMs: 3000,
    });
    const running = runner.iter({ drain: drain.signal });
    const seen: number[] = [];
    for (const seconds of [0, 2.75, 0.25, 2.75, 0.25, 3]) {
      clock.advance(seconds);
      await settle();
      seen.push(beats);
    }
    drain.abort();
    await running;
    expect(seen).toEqual([1, 1, 2, 2, 3, 4]);
  });
});

describe("LitAgentRunner 'storeOutageBudgetMs'", () => {
  const BUDGET_SECONDS = 30;
  /** The longest pause between two tries: a budget is not used beyond its last whole pause. */
  const LONGEST_PAUSE_SECONDS = 10;
  const away = (): Promise<never> => Promise.reject(new LightningError('UNAVAILABLE', 'no connection'));

  interface Outcome {
    readonly attempt: unknown;
    readonly logged: readonly string[];
    readonly error: unknown;
    readonly seconds: number;
  }

  /** Executes a rollout while `methods` cannot be reached, and moves the clock on until the runner gives up. */
  async function outage(methods: Partial<LightningStore>): Promise<Outcome> {
    const logger = recordingLogger();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const runner = new LitAgentRunner({
      agent: rollout(() => {
        // As many as go into a request: they do not wait for the report.
        for (let n = 0; n < 64; n++) emitMessage('hello');
        return 1;
      }),
      store: storeWith(store, methods),
      clock,
      logger,
      maxRollouts: 1,
      storeOutageBudgetMs: BUDGET_SECONDS * 1000,
    });
    const began = clock.now();
    let hasEnded = false;
    const running = runner.iter().finally(() => {
      hasEnded = true;
    });
    const error = running.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    while (!hasEnded) {
      await settle();
      if (!hasEnded) clock.advance(0.25);
    }
    return {
      error: await error,
      attempt: await store.getLatestAttempt(rolloutId),
      logged: logger.lines,
      seconds: clock.now() - began,
    };
  }

  const LOST_REPORT = 'error: An attempt could not be reported';

  it.each<[string, Partial<LightningStore>, object]>([
    [
      'a claim, which ends the runner',
      { dequeueManyRollouts: away },
      { error: expect.objectContaining({ code: 'UNAVAILABLE' }), attempt: undefined },
    ],
    [
      'resources, without which the attempt fails',
      { getLatestResources: away },
      { attempt: { status: 'failed', metadata: { error: 'LightningError: no connection' } } },
    ],
    [
      'spans, which are counted as lost',
      { addManySpans: away },
      { attempt: { status: 'succeeded', metadata: { lostSpans: 64 } } },
    ],
    [
      'a report, which is left to the deadlines of the store',
      { updateAttempt: away },
      { attempt: { endTime: null }, logged: expect.arrayContaining([LOST_REPORT]) },
    ],
  ])('is how long it comes back for %s', async (_what, methods, outcome) => {
    const result = await outage(methods);
    expect(result).toMatchObject(outcome);
    expect(result.seconds).toBeGreaterThanOrEqual(BUDGET_SECONDS - LONGEST_PAUSE_SECONDS);
    // The clock goes in steps of a quarter of a second, so that each of a dozen pauses may be that much longer.
    expect(result.seconds).toBeLessThan(BUDGET_SECONDS + 5);
  });
});
