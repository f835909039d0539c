import { type AttemptedRollout, InMemoryLightningStore, PromptTemplate } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { ResourcesCache } from './resources-cache.ts';
import { storeWith } from './test-data/store-with.ts';

function setUp() {
  const clock = new VirtualClock();
  const store = new InMemoryLightningStore({ clock });
  let reads = 0;
  const counted = storeWith(store, {
    getResourcesById: (id) => {
      reads += 1;
      return store.getResourcesById(id);
    },
  });
  const cache = new ResourcesCache(counted);
  const claim = async (): Promise<AttemptedRollout> => {
    clock.advance(0.001);
    return (await store.dequeueRollout())!;
  };
  return { store, cache, claim, reads: () => reads };
}

const prompt = (template: string) => ({ prompt: new PromptTemplate({ template }) });

describe('ResourcesCache', () => {
  it('reads a snapshot once for rollouts that were enqueued together', async () => {
    const { store, cache, claim, reads } = setUp();
    const { resourcesId } = await store.addResources(prompt('one'));
    await store.enqueueManyRollouts([1, 2, 3, 4].map((input) => ({ input, resourcesId })));
    for (let n = 0; n < 4; n++) expect(await cache.get(await claim(), performance.now())).toEqual(prompt('one'));
    expect(reads()).toBe(1);
    await store.close();
  });

  it('reads once for rollouts claimed at once, even in the instant in which they were enqueued', async () => {
    const { store, cache, reads } = setUp();
    const { resourcesId } = await store.addResources(prompt('one'));
    await store.enqueueManyRollouts([1, 2, 3].map((input) => ({ input, resourcesId })));
    const claimed = await store.dequeueManyRollouts({ limit: 3 });
    const claimedAt = performance.now();
    await Promise.all(claimed.map((rollout) => cache.get(rollout, claimedAt)));
    expect(reads()).toBe(1);
    await store.close();
  });

  it('reads again for a rollout that was enqueued after the reading', async () => {
    const { store, cache, claim } = setUp();
    await store.updateResources('v', prompt('one'));
    await store.enqueueRollout({ input: 1, resourcesId: 'v' });
    expect(await cache.get(await claim(), performance.now())).toEqual(prompt('one'));
    await store.updateResources('v', prompt('two'));
    await store.enqueueRollout({ input: 2, resourcesId: 'v' });
    expect(await cache.get(await claim(), performance.now())).toEqual(prompt('two'));
    await store.close();
  });

  it('does not remember that something was missing', async () => {
    const { store, cache, claim } = setUp();
    await store.enqueueRollout({ input: 1, resourcesId: 'v' });
    const rollout = await claim();
    const claimedAt = performance.now();
    await expect(cache.get(rollout, claimedAt)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await store.updateResources('v', prompt('one'));
    expect(await cache.get(rollout, claimedAt)).toEqual(prompt('one'));
    await store.close();
  });

  it('has nothing when the store has no resources at all', async () => {
    const { store, cache, claim } = setUp();
    await store.enqueueRollout({ input: 1 });
    expect(await cache.get(await claim(), performance.now())).toEqual({});
    await store.close();
  });
});
