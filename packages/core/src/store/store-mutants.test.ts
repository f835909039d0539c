import { describe, expect, it } from 'vitest';
import { type StoreBackend, spanOf } from '../testing/conformance/store-under-test.ts';
import { checkHistories } from '../testing/model/check-histories.ts';
import type { Clock } from '../time/clock.ts';
import { InMemoryLightningStore } from './in-memory-lightning-store.ts';
import type { LightningStore } from './lightning-store.ts';
import { STORE_MUTANTS, storeThatThrowsAfterEviction } from './test-data/store-mutants.ts';

/** The same for all of them, the store that is not broken included: what shows is what the mutant does. */
const histories = { histories: 500, seed: 20_261, shrink: false };

function backendOf(open: (clock: Clock) => LightningStore): StoreBackend {
  return { clock: 'virtual', open: async ({ clock }) => ({ store: open(clock) }) };
}

/** Spans of a rollout that has ended are dropped for lack of memory, and reading them says so. */
async function readsAfterEviction(open: (store: InMemoryLightningStore) => LightningStore): Promise<void> {
  const estimateSpanBytes = (): number => 20;
  const store = open(
    new InMemoryLightningStore({ memoryCapacityBytes: 100, evictionMemoryThreshold: 0.5, estimateSpanBytes }),
  );
  const started = await store.startRollout({ input: 1 });
  await store.addManySpans([spanOf(started), spanOf(started)]);
  await store.updateAttempt(started.rolloutId, 'latest', { status: 'succeeded' });
  await store.addSpan(spanOf(await store.startRollout({ input: 1 })));
  expect(await store.querySpans({ rolloutId: started.rolloutId })).toMatchObject({ total: 0, evicted: true });
}

describe('random histories notice a store that is broken:', () => {
  it.each(STORE_MUTANTS)('$mode $what', async ({ open }) => {
    await expect(checkHistories(backendOf(open), histories)).rejects.toThrow(/differ|does not hold/);
  });

  it('and have nothing against the one that is not', async () => {
    await checkHistories(
      backendOf((clock) => new InMemoryLightningStore({ clock })),
      histories,
    );
  });

  it('U12 a rollout whose spans were dropped cannot be read any more', async () => {
    await readsAfterEviction((store) => store);
    await expect(readsAfterEviction(storeThatThrowsAfterEviction)).rejects.toThrow('evicted');
  });

  it('every failure mode of upstream’s store is among them', () => {
    const modes = new Set(STORE_MUTANTS.map(({ mode }) => mode));
    const missing = Array.from({ length: 14 }, (_, index) => `U${index + 1}`).filter((mode) => !modes.has(mode));
    // It takes a store that is short of memory, see above.
    expect(missing).toEqual(['U12']);
  });
});
