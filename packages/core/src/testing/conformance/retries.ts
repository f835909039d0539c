import { expect, it } from 'vitest';
import type { AttemptedRollout } from '../../rollout/rollout.ts';
import { type StoreUnderTest, spanOf } from './store-under-test.ts';

/** Attempts that were given up and come back. */
export function describeRetries(subject: StoreUnderTest): void {
  const { itTravelsInTime } = subject;
  const config = { maxAttempts: 3, retryCondition: ['unresponsive' as const, 'timeout' as const] };

  async function unresponsive(): Promise<AttemptedRollout> {
    const claimed = await subject.claimed({ config });
    await subject.store.updateAttempt(claimed.rolloutId, 'latest', { status: 'unresponsive' });
    expect(await subject.statusOf(claimed.rolloutId)).toBe('requeuing');
    return claimed;
  }

  // 77, 78
  it('a span revives an unresponsive attempt and takes its rollout out of the queue', async () => {
    const { store } = subject;
    const claimed = await unresponsive();
    await store.addSpan(spanOf(claimed));
    expect(await store.getLatestAttempt(claimed.rolloutId)).toMatchObject({
      status: 'running',
      lastHeartbeatTime: expect.any(Number),
    });
    expect(await subject.statusOf(claimed.rolloutId)).toBe('running');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it('a heartbeat that names it revives an unresponsive attempt', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await unresponsive();
    const reply = await store.updateWorker('w-1', { attempts: [{ rolloutId, attemptId: attempt.attemptId }] });
    expect(reply.fencedAttemptIds).toEqual([]);
    expect(await subject.statusOf(rolloutId)).toBe('running');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it.each([
    [['unresponsive'], 'model outage', 'requeuing'],
    [['failed'], 'model outage', 'requeuing'],
    [['timeout'], 'model outage', 'failed'],
    [['unresponsive'], 'model refused', 'failed'],
    [['unresponsive'], 'TypeError', 'failed'],
  ] as const)(
    'with retries of %j, a failed attempt whose reason is "%s" leaves its rollout %s',
    async (retryCondition, reason, status) => {
      const { store } = subject;
      const { rolloutId, attempt } = await subject.claimed({
        config: { maxAttempts: 2, retryCondition: [...retryCondition] },
      });
      await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'failed', metadata: { reason } });
      expect(await subject.statusOf(rolloutId)).toBe(status);
      if (status !== 'requeuing') return;
      const [again] = await store.dequeueManyRollouts({ limit: 1 });
      expect(again?.attempt.sequenceId).toBe(2);
      await store.updateAttempt(rolloutId, again!.attempt.attemptId, { status: 'failed', metadata: { reason } });
      expect(await subject.statusOf(rolloutId)).toBe('failed');
    },
  );

  // 77
  it('an unresponsive attempt is revived even if its rollout has failed, which it stays', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    await store.updateAttempt(claimed.rolloutId, 'latest', { status: 'unresponsive' });
    await store.addSpan(spanOf(claimed));
    expect(await store.getRolloutById(claimed.rolloutId)).toMatchObject({
      status: 'failed',
      attempt: { status: 'running' },
    });
  });

  // 79
  it('revived and then succeeded: the rollout succeeded and nothing is queued', async () => {
    const { store } = subject;
    const claimed = await unresponsive();
    await store.addSpan(spanOf(claimed));
    await store.updateAttempt(claimed.rolloutId, claimed.attempt.attemptId, { status: 'succeeded' });
    expect(await store.getRolloutById(claimed.rolloutId)).toMatchObject({
      status: 'succeeded',
      endTime: expect.any(Number),
    });
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it('an unresponsive attempt that reports success without a span has succeeded', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await unresponsive();
    const report = await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
    expect(report.outcome).toBe('applied');
    expect(await subject.statusOf(rolloutId)).toBe('succeeded');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  // 80
  it('revived and then failed without retry: the rollout failed and nothing is queued', async () => {
    const { store } = subject;
    const claimed = await unresponsive();
    await store.addSpan(spanOf(claimed));
    await store.updateAttempt(claimed.rolloutId, claimed.attempt.attemptId, { status: 'failed' });
    expect(await subject.statusOf(claimed.rolloutId)).toBe('failed');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  // 81
  it('revived after the retry has started: only the old attempt changes', async () => {
    const { store } = subject;
    const old = await unresponsive();
    const retry = await store.dequeueRollout();
    await store.addSpan(spanOf(old));
    expect((await store.queryAttempts(old.rolloutId)).at(0)?.status).toBe('running');
    expect(await store.getRolloutById(old.rolloutId)).toEqual(retry);
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  // 82
  it.each(['timeout', 'failed'] as const)(
    'a span on an attempt that ended as %s refreshes its heartbeat only',
    async (status) => {
      const { store } = subject;
      const claimed = await subject.claimed({ config: { maxAttempts: 2, retryCondition: ['timeout', 'failed'] } });
      await store.updateAttempt(claimed.rolloutId, 'latest', { status });
      expect(await store.addSpan(spanOf(claimed))).toBeDefined();
      expect(await store.getRolloutById(claimed.rolloutId)).toMatchObject({
        status: 'requeuing',
        attempt: { status, lastHeartbeatTime: expect.any(Number) },
      });
      // The retry is not lost.
      expect(await store.dequeueRollout()).toMatchObject({ rolloutId: claimed.rolloutId, attempt: { sequenceId: 2 } });
    },
  );

  it('success after a timeout counts while the retry waits, and takes it out of the queue', async () => {
    const { store } = subject;
    const claimed = await subject.claimed({ config });
    await store.updateAttempt(claimed.rolloutId, 'latest', { status: 'timeout' });
    const report = await store.updateAttempt(claimed.rolloutId, claimed.attempt.attemptId, { status: 'succeeded' });
    expect(report).toMatchObject({ status: 'succeeded', outcome: 'applied', endTime: expect.any(Number) });
    expect(await subject.statusOf(claimed.rolloutId)).toBe('succeeded');
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it('success after a timeout is too late once the retry has started or the rollout has failed', async () => {
    const { store } = subject;
    const retried = await subject.claimed({ config });
    await store.updateAttempt(retried.rolloutId, 'latest', { status: 'timeout' });
    await store.dequeueRollout();
    const superseded = await store.updateAttempt(retried.rolloutId, retried.attempt.attemptId, { status: 'succeeded' });
    expect(superseded).toMatchObject({ status: 'timeout', outcome: 'superseded' });
    expect(await subject.statusOf(retried.rolloutId)).toBe('preparing');

    const failed = await subject.claimed();
    await store.updateAttempt(failed.rolloutId, 'latest', { status: 'timeout' });
    const late = await store.updateAttempt(failed.rolloutId, failed.attempt.attemptId, { status: 'succeeded' });
    expect(late).toMatchObject({ status: 'timeout', outcome: 'ignored-terminal' });
    expect(await subject.statusOf(failed.rolloutId)).toBe('failed');
  });

  itTravelsInTime('attempts that die in silence are retried until none is left, and no longer', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1, config: { ...config, unresponsiveSeconds: 5 } });
    for (const sequenceId of [1, 2, 3]) {
      expect(await store.dequeueRollout()).toMatchObject({ rolloutId, attempt: { sequenceId } });
      subject.clock.advance(6);
    }
    expect(await store.dequeueRollout()).toBeUndefined();
    expect(await subject.statusOf(rolloutId)).toBe('failed');
  });

  it.each([
    ['may not be tried again', {}],
    ['has used up its attempts', { maxAttempts: 1, retryCondition: ['unresponsive' as const] }],
  ])('an attempt that is given back costs a rollout nothing that %s', async (_which, limits) => {
    const { store } = subject;
    const { rolloutId, attempt } = await subject.claimed({ config: limits });
    const lost = { status: 'unresponsive', givenBack: true, metadata: { reason: 'a neighbour' } } as const;
    for (let time = 0; time < 2; time++) {
      expect(await store.updateAttempt(rolloutId, attempt.attemptId, lost)).toMatchObject({
        status: 'unresponsive',
        metadata: { reason: 'a neighbour' },
        outcome: 'applied',
      });
      // Reporting twice, as after a reply that was lost, is the same as once.
      const expected = { status: 'requeuing', config: { maxAttempts: 2 } };
      expect(await store.getRolloutById(rolloutId)).toMatchObject(expected);
    }
  });

  it('an attempt that is given back is tried again as often as if it had not been', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({ config: { maxAttempts: 2, retryCondition: ['unresponsive'] } });
    await store.updateAttempt(rolloutId, 'latest', { status: 'unresponsive', givenBack: true });
    for (const next of ['requeuing', 'failed'] as const) {
      await store.dequeueRollout();
      await store.updateAttempt(rolloutId, 'latest', { status: 'unresponsive' });
      expect(await subject.statusOf(rolloutId)).toBe(next);
    }
    expect((await store.queryAttempts(rolloutId)).items.map(({ sequenceId }) => sequenceId)).toEqual([1, 2, 3]);
  });

  it('an attempt that no longer counts is not given back', async () => {
    const { store } = subject;
    const ended = await subject.claimed({ config });
    await store.updateAttempt(ended.rolloutId, 'latest', { status: 'succeeded' });
    const superseded = await unresponsive();
    await store.dequeueRollout();
    for (const { rolloutId, attempt } of [ended, superseded]) {
      await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'unresponsive', givenBack: true });
      expect(await store.getRolloutById(rolloutId)).toMatchObject({ config: { maxAttempts: 3 } });
    }
    expect(await subject.statusOf(ended.rolloutId)).toBe('succeeded');
    expect(await subject.statusOf(superseded.rolloutId)).toBe('preparing');
  });

  it('only an unresponsive attempt can be given back', async () => {
    const { rolloutId } = await subject.claimed({ config });
    const report = subject.store.updateAttempt(rolloutId, 'latest', { status: 'failed', givenBack: true });
    await expect(report).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
}
