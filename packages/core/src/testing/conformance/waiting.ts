import { expect, it } from 'vitest';
import { rolloutIds, type StoreUnderTest } from './store-under-test.ts';

/** `waitForRollouts()`. */
export function describeWaiting(subject: StoreUnderTest): void {
  async function queued(count: number): Promise<string[]> {
    return rolloutIds(
      await subject.store.enqueueManyRollouts(Array.from({ length: count }, (_, input) => ({ input }))),
    );
  }
  const end = (rolloutId: string | undefined, status: 'succeeded' | 'failed' | 'cancelled' = 'succeeded') =>
    subject.store.updateRollout(rolloutId ?? '', { status });

  // 125
  it('answers when all have ended, in the order of the request', async () => {
    const ids = await queued(3);
    const wait = subject.store.waitForRollouts({ rolloutIds: ids });
    await end(ids[2], 'cancelled');
    await end(ids[0], 'failed');
    await end(ids[1]);
    const ended = await wait;
    expect(rolloutIds(ended)).toEqual(ids);
    expect(ended.map(({ status }) => status)).toEqual(['failed', 'succeeded', 'cancelled']);
  });

  // 126
  it('answers with those that have ended when the time is up', async () => {
    const ids = await queued(2);
    const wait = subject.store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: 0.05 });
    await end(ids[1]);
    expect(rolloutIds(await subject.whileTimePasses(wait))).toEqual([ids[1]]);
    const none = subject.store.waitForRollouts({ rolloutIds: [ids[0] ?? ''], timeoutSeconds: 0.05 });
    expect(await subject.whileTimePasses(none)).toEqual([]);
  });

  // 127
  it('answers at once with a timeout of 0, or when nothing is left to wait for', async () => {
    const { store } = subject;
    const ids = await queued(2);
    expect(await store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: 0 })).toEqual([]);
    expect(await store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: -1 })).toEqual([]);
    expect(await store.waitForRollouts({ rolloutIds: [] })).toEqual([]);
    await end(ids[0]);
    expect(rolloutIds(await store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: 0 }))).toEqual([ids[0]]);
    await end(ids[1]);
    expect(rolloutIds(await store.waitForRollouts({ rolloutIds: ids }))).toEqual(ids);
  });

  // 128
  it('can be stopped', async () => {
    const { store } = subject;
    const ids = await queued(1);
    const controller = new AbortController();
    const wait = store.waitForRollouts({ rolloutIds: ids, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(wait).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(store.waitForRollouts({ rolloutIds: ids, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  // 129
  it('everybody who waits for a rollout is answered', async () => {
    const ids = await queued(1);
    const waits = Array.from({ length: 5 }, () => subject.store.waitForRollouts({ rolloutIds: ids }));
    await end(ids[0]);
    for (const wait of waits) expect(rolloutIds(await wait)).toEqual(ids);
  });

  // 130
  it('unknown ids are left out, alone or among others', async () => {
    const { store } = subject;
    const ids = await queued(1);
    expect(await store.waitForRollouts({ rolloutIds: ['ro-none'] })).toEqual([]);
    const wait = store.waitForRollouts({ rolloutIds: ['ro-none', ids[0] ?? '', ids[0] ?? ''] });
    await end(ids[0]);
    expect(rolloutIds(await wait)).toEqual([ids[0], ids[0]]);
  });

  it('answers as soon as as many have ended as were asked for', async () => {
    const { store } = subject;
    const ids = await queued(3);
    await end(ids[0]);
    expect(rolloutIds(await store.waitForRollouts({ rolloutIds: ids, minDone: 1 }))).toEqual([ids[0]]);
    const wait = store.waitForRollouts({ rolloutIds: ids, minDone: 2 });
    await end(ids[2]);
    expect(rolloutIds(await wait)).toEqual([ids[0], ids[2]]);
    const more = store.waitForRollouts({ rolloutIds: ids, minDone: 10 });
    await end(ids[1]);
    expect(rolloutIds(await more)).toEqual(ids);
  });

  it('a rollout that goes on after it had ended is waited for again', async () => {
    const { store } = subject;
    const ids = await queued(2);
    await end(ids[0]);
    const wait = store.waitForRollouts({ rolloutIds: ids });
    await store.startAttempt(ids[0] ?? '');
    await end(ids[1]);
    expect(rolloutIds(await store.waitForRollouts({ rolloutIds: ids, timeoutSeconds: 0 }))).toEqual([ids[1]]);
    await store.updateAttempt(ids[0] ?? '', 'latest', { status: 'succeeded' });
    expect(rolloutIds(await wait)).toEqual(ids);
  });

  it('the end of an attempt ends the wait', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed();
    const wait = store.waitForRollouts({ rolloutIds: [rolloutId] });
    await store.updateAttempt(rolloutId, 'latest', { status: 'failed' });
    expect(await wait).toMatchObject([{ rolloutId, status: 'failed' }]);
  });
}
