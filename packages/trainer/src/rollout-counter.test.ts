import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RolloutCounter } from './rollout-counter.ts';

function counting(store = new InMemoryLightningStore()): { store: InMemoryLightningStore; counter: RolloutCounter } {
  const counter = new RolloutCounter(store, () => {});
  onTestFinished(async () => {
    counter.close();
    await store.close();
  });
  return { store, counter };
}

/** Claims the next rollout and reports how its attempt ended. */
async function attempt(store: InMemoryLightningStore, status: 'succeeded' | 'failed'): Promise<void> {
  const claimed = await store.dequeueRollout();
  await store.updateAttempt(claimed!.rolloutId, claimed!.attempt.attemptId, { status });
}

describe('RolloutCounter.whenServed()', () => {
  it('resolves when so many rollouts have ended', async () => {
    const { store, counter } = counting();
    await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }, { input: 3 }]);
    const served = counter.whenServed(2);
    await attempt(store, 'succeeded');
    await attempt(store, 'failed');
    await served;
    expect(counter.counts).toMatchObject({ succeeded: 1, failed: 1, queued: 1 });
  });

  it('counts a rollout that is tried again as often as it was claimed', async () => {
    const { store, counter } = counting();
    await store.enqueueRollout({ input: 1, config: { maxAttempts: 2, retryCondition: ['failed'] } });
    const served = counter.whenServed(2);
    await attempt(store, 'failed');
    await attempt(store, 'succeeded');
    await served;
    expect(counter.counts).toMatchObject({ succeeded: 1, failed: 0, queued: 0, running: 0 });
  });

  it('counts a claim that was made before anybody counted', async () => {
    const store = new InMemoryLightningStore();
    await store.enqueueRollout({ input: 1, config: { maxAttempts: 2, retryCondition: ['failed'] } });
    const claimed = await store.dequeueRollout();
    const served = counting(store).counter.whenServed(2);
    await store.updateAttempt(claimed!.rolloutId, claimed!.attempt.attemptId, { status: 'failed' });
    await attempt(store, 'succeeded');
    await served;
  });

  it('waits for the rollouts under way', async () => {
    const { store, counter } = counting();
    await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    let isServed = false;
    const served = counter.whenServed(2).then(() => {
      isServed = true;
    });
    const [first, second] = await store.dequeueManyRollouts({ limit: 2 });
    await store.updateAttempt(first!.rolloutId, first!.attempt.attemptId, { status: 'succeeded' });
    expect(isServed).toBe(false);
    await store.updateAttempt(second!.rolloutId, second!.attempt.attemptId, { status: 'succeeded' });
    await served;
  });
});

describe('RolloutCounter', () => {
  it('counts how often rollouts were tried again, over all processes of a run', async () => {
    const { store, counter } = counting();
    await store.enqueueManyRollouts([
      { input: 1, config: { maxAttempts: 3, retryCondition: ['failed'] } },
      { input: 2 },
    ]);
    await attempt(store, 'failed');
    await attempt(store, 'succeeded');
    expect(counter.counts).toMatchObject({ retried: 1, queued: 1, succeeded: 1 });

    const resumed = counting(store).counter;
    await resumed.countOwn(store);
    expect(resumed.counts).toEqual(counter.counts);
    await attempt(store, 'failed');
    await attempt(store, 'succeeded');
    expect(counter.counts).toMatchObject({ retried: 2, queued: 0, succeeded: 2 });
    expect(resumed.counts).toEqual(counter.counts);
    const afterwards = counting(store).counter;
    await afterwards.countOwn(store);
    expect(afterwards.counts).toEqual(counter.counts);
  });

  it('learns from those that have ended how often they were tried again, where the store does not tell', () => {
    const silent = new Proxy(new InMemoryLightningStore(), {
      get: (target, name): unknown => (name === 'onRolloutChange' ? undefined : Reflect.get(target, name)),
    });
    const loads: unknown[] = [];
    const counter = new RolloutCounter(
      silent,
      () => {},
      (load) => loads.push(load),
    );
    counter.enqueued(2);
    counter.ended('succeeded', 3);
    counter.ended('failed');
    expect(counter.counts).toMatchObject({ queued: 0, succeeded: 1, failed: 1, retried: 2 });
    expect(loads).toEqual([2, 1, 0].map((queued) => ({ queued, running: 0, isTold: false })));
    counter.close();
  });
});
