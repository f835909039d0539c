import { expect, it } from 'vitest';
import { ATTEMPT_STATUSES } from '../../rollout/attempt.ts';
import type { StoreUnderTest } from './store-under-test.ts';

/** Attempts, and what reports about them do to their rollout. */
export function describeAttempts(subject: StoreUnderTest): void {
  const sequenceIds = async (rolloutId: string, query = {}): Promise<number[]> =>
    Array.from(await subject.store.queryAttempts(rolloutId, query), ({ sequenceId }) => sequenceId);

  // 48, 49
  it('each claim adds an attempt, and the newest is the latest', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect(await sequenceIds(rolloutId)).toEqual([]);
    expect(await store.getLatestAttempt(rolloutId)).toBeUndefined();
    for (const expected of [1, 2, 3]) {
      const claimed = await store.dequeueRollout();
      expect(await store.getLatestAttempt(rolloutId)).toEqual(claimed?.attempt);
      expect(claimed?.attempt.sequenceId).toBe(expected);
      await store.updateRollout(rolloutId, { status: 'requeuing' });
    }
    expect(await sequenceIds(rolloutId)).toEqual([1, 2, 3]);
    expect(await sequenceIds('ro-none')).toEqual([]);
    expect(await store.getLatestAttempt('ro-none')).toBeUndefined();
  });

  // 50
  it('queryAttempts() sorts and pages', async () => {
    const { store } = subject;
    const { rolloutId } = await store.startRollout({ input: 1 });
    await store.startAttempt(rolloutId);
    await store.startAttempt(rolloutId);
    expect(await sequenceIds(rolloutId, { sortOrder: 'desc' })).toEqual([3, 2, 1]);
    expect(await sequenceIds(rolloutId, { sortBy: 'startTime', offset: 1, limit: 1 })).toEqual([2]);
    expect(await sequenceIds(rolloutId, { offset: 9 })).toEqual([]);
    const page = await store.queryAttempts(rolloutId, { limit: 1, offset: 2 });
    expect([page.limit, page.offset, page.total]).toEqual([1, 2, 3]);
  });

  // 63
  it('an attempt without a worker sorts before all others', async () => {
    const { store } = subject;
    const { rolloutId } = await store.startRollout({ input: 1, workerId: 'w-2' });
    await store.startAttempt(rolloutId);
    await store.startAttempt(rolloutId, { workerId: 'w-1' });
    expect(await sequenceIds(rolloutId, { sortBy: 'workerId' })).toEqual([2, 3, 1]);
    expect(await sequenceIds(rolloutId, { sortBy: 'workerId', sortOrder: 'desc' })).toEqual([1, 3, 2]);
    expect(await sequenceIds(rolloutId, { sortBy: 'endTime', sortOrder: 'desc' })).toEqual([1, 2, 3]);
  });

  // 51, 53
  it('startAttempt() adds an attempt whatever the status or the allowed number', async () => {
    const { store } = subject;
    const first = await store.startRollout({ input: 1, config: { maxAttempts: 1 } });
    const second = await store.startAttempt(first.rolloutId);
    expect(second).toMatchObject({ status: 'preparing', attempt: { sequenceId: 2, status: 'preparing' } });
    expect(second.attempt.attemptId).toMatch(/^at-/);
    await store.updateRollout(first.rolloutId, { status: 'cancelled' });
    const third = await store.startAttempt(first.rolloutId, { workerId: 'w-1' });
    expect(third).toMatchObject({ status: 'preparing', attempt: { sequenceId: 3, workerId: 'w-1' } });
    expect(await sequenceIds(first.rolloutId)).toEqual([1, 2, 3]);
  });

  it('startAttempt() takes a queued rollout out of the queue', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    await store.startAttempt(rolloutId);
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  // 52
  it('startAttempt() of an unknown rollout is NOT_FOUND', async () => {
    await expect(subject.store.startAttempt('ro-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('startAttempt() under an id of the caller happens once', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const options = { attemptId: 'at-mine', workerId: 'w-1' };
    const started = await store.startAttempt(rolloutId, options);
    expect(started).toMatchObject({ status: 'preparing', attempt: { attemptId: 'at-mine', sequenceId: 1 } });
    expect(await store.startAttempt(rolloutId, options)).toEqual(started);
    expect(await sequenceIds(rolloutId)).toEqual([1]);
    await store.updateAttempt(rolloutId, 'at-mine', { status: 'failed' });
    const { attempt: second } = await store.startAttempt(rolloutId, { workerId: 'w-1' });
    expect(second.attemptId).not.toBe('at-mine');
    // As they stand: the attempt has failed, the rollout goes on with the second one.
    expect(await store.startAttempt(rolloutId, options)).toMatchObject({
      status: 'preparing',
      attempt: { attemptId: 'at-mine', status: 'failed' },
    });
    expect(await sequenceIds(rolloutId)).toEqual([1, 2]);
    // The id is one of this rollout.
    const other = await store.enqueueRollout({ input: 2 });
    expect(await store.startAttempt(other.rolloutId, options)).toMatchObject({ rolloutId: other.rolloutId });
  });

  it('startAttempt() refuses the id of an attempt of another worker, and ids that no path can hold', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    await store.startAttempt(rolloutId, { attemptId: 'at-mine', workerId: 'w-1' });
    for (const workerId of ['w-2', null]) {
      const again = store.startAttempt(rolloutId, { attemptId: 'at-mine', workerId });
      await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    for (const attemptId of ['', 'latest', 'search', 'a/b', 'a'.repeat(257)]) {
      await expect(store.startAttempt(rolloutId, { attemptId })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(await sequenceIds(rolloutId)).toEqual([1]);
  });

  // 54
  it('updateAttempt() sets status, worker, heartbeat time and metadata', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const lastHeartbeatTime = attempt.startTime - 100;
    const report = await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: 'running',
      workerId: 'w-9',
      lastHeartbeatTime,
      metadata: { step: 1, nested: { a: [1] } },
    });
    const { outcome, ...updated } = report;
    expect(outcome).toBe('applied');
    expect(updated).toEqual({
      ...attempt,
      status: 'running',
      workerId: 'w-9',
      lastHeartbeatTime,
      metadata: { step: 1, nested: { a: [1] } },
    });
    expect(await store.getLatestAttempt(rolloutId)).toEqual(updated);
    expect(await subject.statusOf(rolloutId)).toBe('running');
    // 65
    expect(await store.updateAttempt(rolloutId, attempt.attemptId, { workerId: '', metadata: {} })).toMatchObject({
      status: 'running',
      workerId: '',
      lastHeartbeatTime,
      metadata: {},
    });
  });

  // 55
  it('updateAttempt() takes "latest" for the newest attempt', async () => {
    const { store } = subject;
    const first = await store.startRollout({ input: 1 });
    const second = await store.startAttempt(first.rolloutId);
    const report = await store.updateAttempt(first.rolloutId, 'latest', { status: 'running' });
    expect(report.attemptId).toBe(second.attempt.attemptId);
  });

  // 56
  it('success and failure end the attempt and its rollout, running does not', async () => {
    const { store } = subject;
    for (const status of ['succeeded', 'failed'] as const) {
      const { rolloutId, attempt } = await store.startRollout({ input: 1 });
      expect((await store.updateAttempt(rolloutId, 'latest', { status: 'running' })).endTime).toBeNull();
      await subject.tick();
      const report = await store.updateAttempt(rolloutId, 'latest', { status });
      expect(report.endTime).toBeGreaterThan(attempt.startTime);
      expect((await store.getRolloutById(rolloutId))?.endTime).toBeGreaterThanOrEqual(report.endTime ?? Number.NaN);
      expect(await subject.statusOf(rolloutId)).toBe(status);
    }
  });

  // 57
  it('updateAttempt() of something unknown is NOT_FOUND and says what', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const update = (rollout: string, attempt: string) => store.updateAttempt(rollout, attempt, { status: 'running' });
    await expect(update(rolloutId, 'latest')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('No attempts found'),
    });
    await expect(update('ro-none', 'latest')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await store.dequeueRollout();
    await expect(update(rolloutId, 'at-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  // 58, 59
  it('a superseded attempt keeps its report; rollout and queue do not care', async () => {
    const { store } = subject;
    const first = await subject.claimed({ config: { maxAttempts: 5, retryCondition: ['failed'] } });
    await store.startAttempt(first.rolloutId);
    const late = await store.updateAttempt(first.rolloutId, first.attempt.attemptId, { status: 'failed' });
    expect(late).toMatchObject({ status: 'failed', outcome: 'superseded' });
    expect(await subject.statusOf(first.rolloutId)).toBe('preparing');
    expect(await store.dequeueRollout()).toBeUndefined();
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'failed' });
    expect(await subject.statusOf(first.rolloutId)).toBe('requeuing');
  });

  // 60
  it('after a success, a new attempt decides alone', async () => {
    const { store } = subject;
    const first = await subject.claimed();
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'succeeded' });
    await store.startAttempt(first.rolloutId);
    expect(await subject.statusOf(first.rolloutId)).toBe('preparing');
    await store.updateAttempt(first.rolloutId, first.attempt.attemptId, { status: 'running' });
    expect(await subject.statusOf(first.rolloutId)).toBe('preparing');
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'failed' });
    expect(await subject.statusOf(first.rolloutId)).toBe('failed');
  });

  // 61
  it.each(ATTEMPT_STATUSES)('%s on the latest attempt makes the rollout what the config says', async (status) => {
    const { store } = subject;
    const passes = status === 'preparing' || status === 'running' || status === 'succeeded';
    const statusAfter = async (retryCondition: (typeof status)[], maxAttempts: number): Promise<string | undefined> => {
      const { rolloutId } = await store.startRollout({ input: 1, config: { maxAttempts, retryCondition } });
      await store.updateAttempt(rolloutId, 'latest', { status });
      return subject.statusOf(rolloutId);
    };
    expect(await statusAfter([status], 2)).toBe(passes ? status : 'requeuing');
    expect(await statusAfter([status], 1)).toBe(passes ? status : 'failed');
    expect(await statusAfter([], 2)).toBe(passes ? status : 'failed');
  });

  // 61, 64
  it('updateAttempt() refuses unknown statuses and nulls, and writes nothing', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const patches = [
      { status: 'cancelled' },
      { status: null },
      { workerId: null },
      { lastHeartbeatTime: null },
      { metadata: null },
    ];
    for (const patch of patches) {
      const update = store.updateAttempt(rolloutId, 'latest', patch as never);
      await expect(update, JSON.stringify(patch)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(await store.getLatestAttempt(rolloutId)).toEqual(attempt);
  });

  // 62
  it('failed, queued again by hand, succeeded: the rollout succeeded', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed();
    await store.updateAttempt(rolloutId, 'latest', { status: 'failed' });
    await store.updateRollout(rolloutId, { status: 'requeuing' });
    await store.dequeueRollout();
    await store.updateAttempt(rolloutId, 'latest', { status: 'succeeded' });
    const statuses = Array.from(await store.queryAttempts(rolloutId), ({ status }) => status);
    expect(statuses).toEqual(['failed', 'succeeded']);
    expect(await subject.statusOf(rolloutId)).toBe('succeeded');
  });

  it('a report that arrives twice counts once', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed();
    const first = await store.updateAttempt(rolloutId, 'latest', { status: 'succeeded' });
    const ended = await store.getRolloutById(rolloutId);
    await subject.tick();
    expect(await store.updateAttempt(rolloutId, 'latest', { status: 'succeeded' })).toEqual(first);
    expect(await store.getRolloutById(rolloutId)).toEqual(ended);
  });

  it('a failure reported after success does not run the rollout again', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({ config: { maxAttempts: 3, retryCondition: ['failed'] } });
    await store.updateAttempt(rolloutId, 'latest', { status: 'succeeded' });
    const late = await store.updateAttempt(rolloutId, 'latest', { status: 'failed' });
    expect(late).toMatchObject({ status: 'succeeded', outcome: 'ignored-terminal' });
    expect(await subject.statusOf(rolloutId)).toBe('succeeded');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it('a record that was handed out does not change the store', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await subject.claimed();
    attempt.status = 'failed';
    expect((await store.getLatestAttempt(rolloutId))?.status).toBe('preparing');
  });
}
