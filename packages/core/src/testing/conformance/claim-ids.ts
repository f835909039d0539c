import { expect, it } from 'vitest';
import type { RolloutConfigInput } from '../../rollout/rollout.ts';
import { rolloutIds, type StoreUnderTest } from './store-under-test.ts';

/** Claims that may be asked for again, and their lease. */
export function describeClaimIds(subject: StoreUnderTest): void {
  const { itTravelsInTime } = subject;
  const enqueue = async (count: number, config: RolloutConfigInput = {}): Promise<string[]> =>
    rolloutIds(
      await subject.store.enqueueManyRollouts(Array.from({ length: count }, () => ({ input: 'task', config }))),
    );

  it('a claim id answers the same claims again, never new ones, also when less or more is asked for', async () => {
    const { store } = subject;
    const [first, second, third] = await enqueue(3);
    const claim = { claimId: 'c-1', workerId: 'w-1' };
    const claimed = await store.dequeueManyRollouts({ ...claim, limit: 2 });
    expect(rolloutIds(claimed)).toEqual([first, second]);
    expect(await store.dequeueManyRollouts({ ...claim, limit: 2 })).toEqual(claimed);
    expect(await store.dequeueManyRollouts({ ...claim, limit: 3, waitMs: 5_000 })).toEqual(claimed);
    expect(await store.dequeueRollout(claim)).toEqual(claimed[0]);
    expect((await store.dequeueRollout({ claimId: 'c-2', workerId: 'w-1' }))?.rolloutId).toBe(third);
    expect(await store.dequeueManyRollouts({ ...claim, limit: 2 })).toEqual(claimed);
  });

  it('a claim id that got nothing may get something later', async () => {
    const { store } = subject;
    expect(await store.dequeueRollout({ claimId: 'c-1' })).toBeUndefined();
    const [rolloutId] = await enqueue(2);
    const claimed = await store.dequeueRollout({ claimId: 'c-1' });
    expect(claimed?.rolloutId).toBe(rolloutId);
    expect(await store.dequeueRollout({ claimId: 'c-1' })).toEqual(claimed);
  });

  it('a repeated claim answers its attempts as they stand, without those that were superseded', async () => {
    const { store } = subject;
    const [kept, ended, retried] = await enqueue(3);
    const claim = { claimId: 'c-1', workerId: 'w-1', limit: 3 };
    await store.dequeueManyRollouts(claim);
    await store.updateAttempt(ended as string, 'latest', { status: 'succeeded' });
    await store.startAttempt(retried as string);
    expect(await store.dequeueManyRollouts(claim)).toMatchObject([
      { rolloutId: kept, status: 'preparing', attempt: { status: 'preparing' } },
      { rolloutId: ended, status: 'succeeded', attempt: { status: 'succeeded' } },
    ]);
  });

  it('a claim id belongs to the worker that claimed under it', async () => {
    const { store } = subject;
    await enqueue(2);
    await store.dequeueRollout({ claimId: 'c-1', workerId: 'w-1' });
    await expect(store.dequeueRollout({ claimId: 'c-1', workerId: 'w-2' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(store.dequeueRollout({ claimId: 'c-1' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.each(['', 'c'.repeat(129)])('a claim id must have 1 to 128 characters: %j', async (claimId) => {
    await expect(subject.store.dequeueRollout({ claimId })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('two that wait under one claim id get the same', async () => {
    const { store } = subject;
    const claim = { claimId: 'c-1', workerId: 'w-1', waitMs: 30_000, limit: 2 };
    const waiting = Promise.all([store.dequeueManyRollouts(claim), store.dequeueManyRollouts(claim)]);
    await subject.until(async () => (await store.getWorkerById('w-1')) !== undefined);
    const [rolloutId] = await enqueue(1);
    await enqueue(1);
    const [first, second] = await subject.whileTimePasses(waiting);
    expect(rolloutIds(first)).toEqual([rolloutId]);
    expect(second).toEqual(first);
    expect(await store.dequeueManyRollouts(claim)).toEqual(first);
  });

  itTravelsInTime('an attempt that its worker does not name for 30 s is unresponsive', async () => {
    const { store, clock } = subject;
    await enqueue(2, { maxAttempts: 2, retryCondition: ['unresponsive'] });
    const [lost, named] = await store.dequeueManyRollouts({ claimId: 'c-1', workerId: 'w-1', limit: 2 });
    const attempts = [{ rolloutId: named?.rolloutId ?? '', attemptId: named?.attempt.attemptId ?? '' }];
    clock.advance(5);
    await store.updateWorker('w-1', { attempts });
    clock.advance(29);
    await store.updateWorker('w-1', { attempts });
    expect(await subject.statusOf(lost?.rolloutId ?? '')).toBe('preparing');
    clock.advance(1.01);
    await store.updateWorker('w-1', { attempts });
    expect(await store.getRolloutById(lost?.rolloutId ?? '')).toMatchObject({
      status: 'requeuing',
      attempt: { status: 'unresponsive' },
    });
    expect(await subject.statusOf(named?.rolloutId ?? '')).toBe('preparing');
    expect(await store.dequeueRollout()).toMatchObject({ rolloutId: lost?.rolloutId, attempt: { sequenceId: 2 } });
  });

  itTravelsInTime('an attempt that its worker forgets again is unresponsive 30 s later', async () => {
    const { store, clock } = subject;
    const [rolloutId = ''] = await enqueue(1);
    const claimed = await store.dequeueRollout({ claimId: 'c-1', workerId: 'w-1' });
    const named = [{ rolloutId, attemptId: claimed?.attempt.attemptId ?? '' }];
    await store.updateWorker('w-1', { attempts: [] });
    clock.advance(20);
    await store.updateWorker('w-1', { attempts: named });
    clock.advance(20);
    await store.updateWorker('w-1', { attempts: [] });
    clock.advance(29);
    await store.updateWorker('w-1', { attempts: [] });
    expect(await subject.statusOf(rolloutId)).toBe('preparing');
    clock.advance(2);
    await store.updateWorker('w-1', { attempts: [] });
    expect(await subject.statusOf(rolloutId)).toBe('failed');
  });

  itTravelsInTime('a worker that comes back after a long silence may still ask for what it claimed', async () => {
    const { store, clock } = subject;
    const [rolloutId = ''] = await enqueue(1);
    const claim = { claimId: 'c-1', workerId: 'w-1' };
    const claimed = await store.dequeueRollout(claim);
    await store.updateWorker('w-1', { attempts: [] });
    clock.advance(31);
    await store.updateWorker('w-1', { attempts: [] });
    expect(await store.dequeueRollout(claim)).toEqual(claimed);
    clock.advance(29);
    await store.updateWorker('w-1', { attempts: [] });
    expect(await subject.statusOf(rolloutId)).toBe('preparing');
    clock.advance(2);
    await store.updateWorker('w-1', { attempts: [] });
    expect(await subject.statusOf(rolloutId)).toBe('failed');
  });

  itTravelsInTime('nobody else ends a lease, and nobody without one is on it', async () => {
    const { store, clock } = subject;
    await enqueue(4);
    const leased = await store.dequeueRollout({ claimId: 'c-1', workerId: 'w-1' });
    const plain = await store.dequeueRollout({ workerId: 'w-1' });
    const running = await store.dequeueRollout({ claimId: 'c-2', workerId: 'w-1' });
    const byHand = await store.startRollout({ input: 'task', workerId: 'w-1' });
    await store.updateAttempt(running?.rolloutId ?? '', 'latest', { status: 'running' });
    await store.updateWorker('w-1', { attempts: [] });
    clock.advance(20);
    await store.updateWorker('w-1', { attempts: [] });
    clock.advance(20);
    // Silence of the worker itself, another worker, a heartbeat that says nothing of attempts.
    await store.updateWorker('w-2', { attempts: [] });
    await store.updateWorker('w-1');
    expect(await subject.statusOf(leased?.rolloutId ?? '')).toBe('preparing');
    await store.updateWorker('w-1', { attempts: [] });
    const ids = [leased, plain, running, byHand].map((claimed) => claimed?.rolloutId ?? '');
    const statuses = await Promise.all(ids.map((rolloutId) => subject.statusOf(rolloutId)));
    expect(statuses).toEqual(['failed', subject.everyClaimHasAnId ? 'failed' : 'preparing', 'running', 'preparing']);
  });
}
