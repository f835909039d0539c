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
