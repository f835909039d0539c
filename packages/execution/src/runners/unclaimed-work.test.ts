import { InMemoryLightningStore, type LightningStore } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { failOnUnclaimedWork } from './unclaimed-work.ts';

const never = (): AbortSignal => new AbortController().signal;

/** A store that cannot tell of changes, as an HTTP client. */
function mute(store: LightningStore): LightningStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'onRolloutChange') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('failOnUnclaimedWork()', () => {
  it('fails at once when rollouts are queued, naming maxRollouts', async () => {
    const store = new InMemoryLightningStore();
    await store.enqueueRollout({ input: 1 });
    await expect(failOnUnclaimedWork(store, 7, never())).rejects.toMatchObject({
      code: 'RUNNERS_LOST',
      message: expect.stringContaining("'maxRollouts' (7)"),
      details: { reason: 'max-rollouts', maxRollouts: 7 },
    });
    await store.close();
  });

  it('fails when a rollout is queued later', async () => {
    const store = new InMemoryLightningStore();
    const failed = expect(failOnUnclaimedWork(store, undefined, never())).rejects.toMatchObject({
      code: 'RUNNERS_LOST',
    });
    await store.enqueueRollout({ input: 1 });
    await failed;
    await store.close();
  });

  it('notices a queued rollout of a store that cannot tell of changes', async () => {
    const store = new InMemoryLightningStore();
    const failed = expect(failOnUnclaimedWork(mute(store), 1, never())).rejects.toMatchObject({ code: 'RUNNERS_LOST' });
    await store.enqueueRollout({ input: 1 });
    await failed;
    await store.close();
  });

  it('does not mind work that is in flight, and ends with the signal', async () => {
    const store = new InMemoryLightningStore();
    await store.startRollout({ input: 1 });
    const finished = new AbortController();
    const watching = failOnUnclaimedWork(store, 1, finished.signal);
    finished.abort();
    await expect(watching).resolves.toBeUndefined();
    await store.close();
  });
});
