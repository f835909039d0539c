import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQueued } from '../rollout/rollout.ts';
import { spanOf } from '../testing/conformance/store-under-test.ts';
import { describeStoreConformance } from '../testing/store-conformance.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { InMemoryLightningStore } from './in-memory-lightning-store.ts';

describeStoreConformance('InMemoryLightningStore', {
  clock: 'virtual',
  open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }),
});

describe('InMemoryLightningStore', () => {
  it('says what it can do', () => {
    expect(new InMemoryLightningStore().capabilities).toEqual({ shared: false, durable: false, otlpTraces: true });
  });

  it('has one timer for all deadlines, and none when nothing runs', async () => {
    const clock = new VirtualClock();
    const store = new InMemoryLightningStore({ clock });
    await store.enqueueManyRollouts(
      Array.from({ length: 100 }, (_, input) => ({ input, config: { timeoutSeconds: 9 } })),
    );
    expect(clock.pendingTimers).toBe(0);
    await store.dequeueManyRollouts({ limit: 100 });
    expect(clock.pendingTimers).toBe(1);
    clock.advance(10);
    expect(clock.pendingTimers).toBe(0);
    expect((await store.queryRollouts({ statusIn: ['failed'] })).total).toBe(100);
  });

  it('close() disarms every timer', async () => {
    const clock = new VirtualClock();
    const store = new InMemoryLightningStore({ clock });
    await store.startRollout({ input: 1, config: { timeoutSeconds: 9 } });
    const { rolloutId } = await store.startRollout({ input: 1 });
    const wait = store.waitForRollouts({ rolloutIds: [rolloutId], timeoutSeconds: 60 });
    const claim = store.dequeueRollout({ waitMs: 60_000 });
    expect(clock.pendingTimers).toBe(3);
    await store.close();
    expect(clock.pendingTimers).toBe(0);
    await expect(wait).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    expect(await claim).toBeUndefined();
  });

  it('keeps spans that are handed over, and copies of others', async () => {
    const store = new InMemoryLightningStore();
    const claimed = await store.startRollout({ input: 1 });
    const [kept, copied] = [spanOf(claimed), spanOf(claimed)];
    expect((await store.addManySpans([kept], { handedOver: true }))[0]).toBe(kept);
    expect((await store.addManySpans([copied]))[0]).not.toBe(copied);
  });

  it('an abandoned wait leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const store = new InMemoryLightningStore({ clock });
    const { rolloutId } = await store.startRollout({ input: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const wait = store.waitForRollouts({ rolloutIds: [rolloutId], timeoutSeconds: 60, signal });
    const claim = store.dequeueManyRollouts({ waitMs: 60_000, signal });
    controller.abort();
    await expect(wait).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await claim).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a listener that throws is logged and harms nobody', async () => {
    const errors: object[] = [];
    const drop = (): void => {};
    const logger = { debug: drop, info: drop, warn: drop, error: (fields: object) => errors.push(fields) };
    const store = new InMemoryLightningStore({ logger });
    const heard: string[] = [];
    store.onRolloutChange(() => {
      throw new Error('broken');
    });
    store.onRolloutChange(({ to }) => heard.push(to));
    await store.enqueueRollout({ input: 1 });
    expect(heard).toEqual(['queuing']);
    expect(errors).toMatchObject([{ error: { message: 'broken' } }]);
  });

  it('a wait for many rollouts ends with the last of them', async () => {
    const store = new InMemoryLightningStore();
    const rollouts = await store.enqueueManyRollouts(Array.from({ length: 1_000 }, (_, input) => ({ input })));
    const wait = store.waitForRollouts({ rolloutIds: rollouts.map(({ rolloutId }) => rolloutId) });
    for (const { rolloutId } of rollouts) await store.updateRollout(rolloutId, { status: 'succeeded' });
    expect(await wait).toHaveLength(1_000);
  });

  it('what can be claimed is what is queued, highest priority first, then first in first out', async () => {
    const command = fc.oneof(
      fc.record({ type: fc.constant('enqueue' as const), priority: fc.integer({ min: -2, max: 2 }) }),
      fc.record({ type: fc.constant('claim' as const) }),
      fc.record({
        type: fc.constant('write' as const),
        which: fc.nat(),
        status: fc.constantFrom('queuing' as const, 'requeuing' as const, 'cancelled' as const, 'running' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const store = new InMemoryLightningStore();
        const ids: string[] = [];
        let queue: { rolloutId: string; priority: number }[] = [];
        const first = () => [...queue].sort((a, b) => b.priority - a.priority)[0];
        const leave = (rolloutId: string | undefined): void => {
          queue = queue.filter((entry) => entry.rolloutId !== rolloutId);
        };
        for (const step of commands) {
          if (step.type === 'enqueue') {
            const { rolloutId, priority } = await store.enqueueRollout({ input: 1, priority: step.priority });
            ids.push(rolloutId);
            queue.push({ rolloutId, priority });
          } else if (step.type === 'claim') {
            const expected = first()?.rolloutId;
            expect((await store.dequeueRollout())?.rolloutId).toBe(expected);
            leave(expected);
          } else if (ids.length > 0) {
            const rolloutId = ids[step.which % ids.length] as string;
            const { priority } = await store.updateRollout(rolloutId, { status: step.status });
            if (!isQueued(step.status)) leave(rolloutId);
            else if (!queue.some((entry) => entry.rolloutId === rolloutId)) queue.push({ rolloutId, priority });
          }
          expect((await store.queryRollouts({ statusIn: ['queuing', 'requeuing'], limit: 0 })).total).toBe(
            queue.length,
          );
        }
      }),
    );
  });
});

describe('InMemoryLightningStore, short of memory', () => {
  const options = {
    memoryCapacityBytes: 100,
    evictionMemoryThreshold: 0.5,
    safeMemoryThreshold: 0.05,
    estimateSpanBytes: () => 20,
  };

  async function endedWithSpan(store: InMemoryLightningStore): Promise<string> {
    const started = await store.startRollout({ input: 1 });
    await store.addSpan(spanOf(started));
    await store.updateAttempt(started.rolloutId, 'latest', { status: 'succeeded' });
    return started.rolloutId;
  }

  // 104
  it('drops the spans of the oldest ended rollouts, and a page says so', async () => {
    const clock = new VirtualClock();
    const store = new InMemoryLightningStore({ clock, ...options });
    const oldest = await endedWithSpan(store);
    clock.advance(1);
    const older = await endedWithSpan(store);
    clock.advance(1);
    const newest = await store.startRollout({ input: 1 });
    await store.addSpan(spanOf(newest));
    for (const rolloutId of [oldest, older]) {
      expect(await store.querySpans({ rolloutId })).toMatchObject({ items: [], total: 0, evicted: true });
    }
    expect(await store.querySpans({ rolloutId: newest.rolloutId })).toMatchObject({ total: 1, evicted: false });
    expect(await store.statistics()).toMatchObject({ totalSpans: 1, totalSpanBytes: 20, totalRollouts: 3 });
  });

  it('never drops spans of a rollout that goes on', async () => {
    const store = new InMemoryLightningStore(options);
    const started = await store.startRollout({ input: 1 });
    await store.addManySpans(Array.from({ length: 10 }, () => spanOf(started)));
    expect(await store.querySpans({ rolloutId: started.rolloutId })).toMatchObject({ total: 10, evicted: false });
    await store.updateAttempt(started.rolloutId, 'latest', { status: 'succeeded' });
    await store.startAttempt(started.rolloutId);
    await store.addSpan(spanOf(started));
    expect((await store.querySpans({ rolloutId: started.rolloutId })).total).toBe(11);
  });

  it('takes new spans of a rollout that has lost its old ones', async () => {
    const store = new InMemoryLightningStore(options);
    const started = await store.startRollout({ input: 1 });
    await store.addManySpans([spanOf(started), spanOf(started)]);
    await store.updateAttempt(started.rolloutId, 'latest', { status: 'succeeded' });
    await store.addSpan(spanOf(started));
    await store.addSpan(spanOf(started));
    expect(await store.querySpans({ rolloutId: started.rolloutId })).toMatchObject({ total: 1, evicted: true });
  });
});
