import { expect } from 'vitest';
import { type StoreUnderTest, spanOf } from './store-under-test.ts';

/** Deadlines, on the store's clock. */
export function describeWatchdog(subject: StoreUnderTest): void {
  const { itTravelsInTime } = subject;
  const latestStatus = async (rolloutId: string) => (await subject.store.getLatestAttempt(rolloutId))?.status;

  // 67
  itTravelsInTime('what waits in the queue or was never claimed has no deadline', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1, config: { timeoutSeconds: 1 } });
    subject.clock.advance(100);
    expect(await subject.statusOf(rolloutId)).toBe('queuing');
    await store.updateRollout(rolloutId, { status: 'running' });
    subject.clock.advance(100);
    expect(await subject.statusOf(rolloutId)).toBe('running');
  });

  // 68, 71
  itTravelsInTime('an attempt that takes longer than its own limit times out, strictly after the limit', async () => {
    const short = await subject.claimed({
      config: { timeoutSeconds: 10, maxAttempts: 2, retryCondition: ['timeout'] },
    });
    const long = await subject.claimed({ config: { timeoutSeconds: 1000 } });
    subject.clock.advance(10);
    expect(await latestStatus(short.rolloutId)).toBe('preparing');
    subject.clock.advance(0.5);
    expect(await latestStatus(short.rolloutId)).toBe('timeout');
    expect(await subject.statusOf(short.rolloutId)).toBe('requeuing');
    expect(await latestStatus(long.rolloutId)).toBe('preparing');
    expect(await subject.store.dequeueRollout()).toMatchObject({
      rolloutId: short.rolloutId,
      attempt: { sequenceId: 2 },
    });
  });

  // 69
  itTravelsInTime('timeout wins over silence when both limits have passed', async () => {
    const limits = { timeoutSeconds: 10, unresponsiveSeconds: 10 };
    const both = await subject.claimed({ config: limits });
    const silent = await subject.claimed({ config: { ...limits, timeoutSeconds: null } });
    const free = await subject.claimed();
    subject.clock.advance(11);
    expect(await latestStatus(both.rolloutId)).toBe('timeout');
    expect(await latestStatus(silent.rolloutId)).toBe('unresponsive');
    expect(await latestStatus(free.rolloutId)).toBe('preparing');
  });

  // 70
  itTravelsInTime('a sign of life keeps an attempt: a span, or a heartbeat that names it', async () => {
    const { store, clock } = subject;
    const config = { unresponsiveSeconds: 10 };
    const spanned = await subject.claimed({ config });
    const named = await subject.claimed({ config }, 'w-1');
    const silent = await subject.claimed({ config }, 'w-1');
    clock.advance(8);
    await store.addSpan(spanOf(spanned));
    await store.updateWorker('w-1', {
      attempts: [{ rolloutId: named.rolloutId, attemptId: named.attempt.attemptId }],
    });
    clock.advance(8);
    expect(await latestStatus(spanned.rolloutId)).toBe('running');
    expect(await latestStatus(named.rolloutId)).toBe('preparing');
    expect(await latestStatus(silent.rolloutId)).toBe('unresponsive');
    clock.advance(3);
    expect(await latestStatus(spanned.rolloutId)).toBe('unresponsive');
    expect(await latestStatus(named.rolloutId)).toBe('unresponsive');
  });

  // 72, 73
  itTravelsInTime('silence that is not to be retried fails the rollout and loses track of the worker', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({ config: { unresponsiveSeconds: 5, maxAttempts: 3 } }, 'w-1');
    await store.updateAttempt(rolloutId, 'latest', { status: 'running' });
    subject.clock.advance(6);
    expect(await store.getRolloutById(rolloutId)).toMatchObject({
      status: 'failed',
      attempt: { status: 'unresponsive', endTime: null },
    });
    expect(await store.getWorkerById('w-1')).toMatchObject({
      status: 'unknown',
      currentRolloutId: null,
      currentAttemptId: null,
    });
  });

  itTravelsInTime('a deadline is enforced without any traffic', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({ config: { timeoutSeconds: 3 } });
    const before = subject.clock.now();
    const wait = store.waitForRollouts({ rolloutIds: [rolloutId] });
    const [ended] = await subject.whileTimePasses(wait);
    expect(ended).toMatchObject({ rolloutId, status: 'failed' });
    expect(ended?.endTime).toBeGreaterThan(before + 3);
    expect(ended?.endTime).toBeLessThan(before + 4);
  });

  itTravelsInTime('a changed limit counts at once', async () => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({ config: { timeoutSeconds: 10 } });
    await store.updateRollout(rolloutId, { config: { timeoutSeconds: 100 } });
    subject.clock.advance(50);
    expect(await latestStatus(rolloutId)).toBe('preparing');
    await store.updateRollout(rolloutId, { config: { timeoutSeconds: 20 } });
    subject.clock.advance(0.01);
    expect(await latestStatus(rolloutId)).toBe('timeout');
  });

  itTravelsInTime('a superseded attempt is not watched', async () => {
    const { store } = subject;
    const first = await subject.claimed({ config: { timeoutSeconds: 10 } });
    subject.clock.advance(8);
    await store.startAttempt(first.rolloutId);
    subject.clock.advance(8);
    const statuses = Array.from(await store.queryAttempts(first.rolloutId), ({ status }) => status);
    expect(statuses).toEqual(['preparing', 'preparing']);
  });

  itTravelsInTime('a heartbeat time in the future buys nothing', async () => {
    const { store, clock } = subject;
    const { rolloutId } = await subject.claimed({ config: { unresponsiveSeconds: 10 } });
    await store.updateAttempt(rolloutId, 'latest', { lastHeartbeatTime: clock.now() + 3600 });
    clock.advance(11);
    expect(await latestStatus(rolloutId)).toBe('unresponsive');
  });
}
