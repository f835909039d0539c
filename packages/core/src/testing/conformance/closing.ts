import { expect, it } from 'vitest';
import type { StoreUnderTest } from './store-under-test.ts';

/** `close()`. */
export function describeClosing(subject: StoreUnderTest): void {
  it('close() answers claims that wait with nothing, and ends waits with STORE_CLOSING', async () => {
    const { store } = subject;
    const claim = store.dequeueManyRollouts({ workerId: 'w-1', waitMs: 60_000 });
    await subject.until(async () => (await store.getWorkerById('w-1')) !== undefined);
    const started = await store.startRollout({ input: 1 });
    const wait = store.waitForRollouts({ rolloutIds: [started.rolloutId] });
    const ended = expect(wait).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    await store.close();
    expect(await claim).toEqual([]);
    await ended;
  });

  it('a closed store refuses every call, and closing again is the same as once', async () => {
    const { store } = subject;
    await store.close();
    await store.close();
    const closing = { code: 'STORE_CLOSING' };
    await expect(store.enqueueRollout({ input: 1 })).rejects.toMatchObject(closing);
    await expect(store.dequeueRollout()).rejects.toMatchObject(closing);
    await expect(store.statistics()).rejects.toMatchObject(closing);
    await expect(store.getRolloutById('ro-1')).rejects.toMatchObject(closing);
  });
}
