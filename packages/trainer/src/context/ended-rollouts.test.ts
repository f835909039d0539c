import { InMemoryLightningStore, type WaitForRolloutsOptions } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EndedRollouts } from './ended-rollouts.ts';

/** A store with so many queued rollouts, which notes what it is asked to wait for. */
async function world(rollouts: number, { tells = true } = {}) {
  const inner = new InMemoryLightningStore();
  const asked: WaitForRolloutsOptions[] = [];
  const store = new Proxy(inner, {
    get: (target, name): unknown => {
      if (name === 'onRolloutChange' && !tells) return undefined;
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === 'waitForRollouts') asked.push(args[0] as WaitForRolloutsOptions);
        return Reflect.apply(value, target, args);
      };
    },
  });
  const enqueued = await inner.enqueueManyRollouts(Array.from({ length: rollouts }, (_, input) => ({ input })));
  const ids = enqueued.map(({ rolloutId }) => rolloutId);
  const ended = new EndedRollouts(store, ids);
  onTestFinished(async () => {
    ended.close();
    await inner.close();
  });
  const end = (id: string) => inner.updateRollout(id, { status: 'succeeded' });
  return { store: inner, ended, ids, asked, end };
}

const forEver = { timeoutSeconds: null, signal: new AbortController().signal };

describe.each([
  ['tells of changes', true],
  ['does not tell', false],
])('EndedRollouts of a store that %s', (_, tells) => {
  it('gives each rollout that ended before or ends later, until it is settled', async () => {
    const { ended, ids, end } = await world(3, { tells });
    await end(ids[1]!);
    expect(await ended.next(forEver)).toEqual([ids[1]]);
    ended.settle(ids[1]!);
    const later = ended.next(forEver);
    await end(ids[2]!);
    expect(await later).toEqual([ids[2]]);
    ended.settle(ids[2]!);
    expect(ended.pending).toEqual([ids[0]]);
  });

  it('gives none when the time is up, or the store knows none of them', async () => {
    const { ended, ids, store } = await world(1, { tells });
    expect(await ended.next({ ...forEver, timeoutSeconds: 0.01 })).toEqual([]);
    ended.settle(ids[0]!);
    const unknown = new EndedRollouts(store, ['ro-unknown']);
    expect(await unknown.next(forEver)).toEqual([]);
  });

  it('throws when it is aborted, and when the store is closed', async () => {
    const { ended, store } = await world(2, { tells });
    const stop = new AbortController();
    const stopped = ended.next({ timeoutSeconds: null, signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    const waiting = ended.next(forEver);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'STORE_CLOSING' }), store.close()]);
  });

  it('gives a rollout again that was reopened before anybody read it', async () => {
    const { ended, ids, end, store } = await world(2, { tells });
    await end(ids[0]!);
    expect(await ended.next(forEver)).toEqual([ids[0]]);
    await store.updateRollout(ids[0]!, { status: 'requeuing' });
    const again = ended.next(forEver);
    await end(ids[0]!);
    expect(await again).toEqual([ids[0]]);
  });
});

describe('EndedRollouts', () => {
  it('asks a store that tells of changes a few times, however many there are', async () => {
    const { ended, ids, asked, end } = await world(2_000);
    for (const id of ids) {
      const next = ended.next(forEver);
      await end(id);
      expect(await next).toEqual([id]);
      ended.settle(id);
    }
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('asks another store about the oldest thousand', async () => {
    const { ended, ids, asked, end } = await world(2_500, { tells: false });
    await end(ids[999]!);
    expect(await ended.next(forEver)).toEqual([ids[999]]);
    expect(asked.map(({ rolloutIds }) => rolloutIds.length)).toEqual([1_000]);
    await end(ids[2_400]!);
    expect(await ended.look()).toEqual([ids[999], ids[2_400]]);
  });
});
