import { expect, it } from 'vitest';
import type { StoreUnderTest } from './store-under-test.ts';

/** Workers: what the store knows of whoever claims. */
export function describeWorkers(subject: StoreUnderTest): void {
  // 117
  it('a heartbeat makes the worker; one without stats keeps the stats', async () => {
    const { store } = subject;
    expect(await store.getWorkerById('w-1')).toBeUndefined();
    const { fencedAttemptIds, ...first } = await store.updateWorker('w-1', { heartbeatStats: { cpu_pct: 12.5 } });
    expect(fencedAttemptIds).toEqual([]);
    expect(first).toEqual({
      workerId: 'w-1',
      status: 'unknown',
      heartbeatStats: { cpu_pct: 12.5 },
      lastHeartbeatTime: expect.any(Number),
      lastDequeueTime: null,
      lastBusyTime: null,
      lastIdleTime: null,
      currentRolloutId: null,
      currentAttemptId: null,
    });
    await subject.tick();
    const second = await store.updateWorker('w-1');
    expect(second.heartbeatStats).toEqual({ cpu_pct: 12.5 });
    expect(second.lastHeartbeatTime).toBeGreaterThan(first.lastHeartbeatTime ?? Number.NaN);
    expect((await store.updateWorker('w-1', { heartbeatStats: { mem: 1 } })).heartbeatStats).toEqual({ mem: 1 });
  });

  // 118, 119
  it('a worker is busy with what it claimed and idle after its success', async () => {
    const { store } = subject;
    const stats = { heartbeatStats: { a: 1 } };
    const { lastHeartbeatTime } = await store.updateWorker('w-1', stats);
    const { rolloutId, attempt } = await subject.claimed({}, 'w-1');
    expect(await store.getWorkerById('w-1')).toMatchObject({
      status: 'busy',
      currentRolloutId: rolloutId,
      currentAttemptId: attempt.attemptId,
      lastBusyTime: attempt.startTime,
      lastDequeueTime: attempt.startTime,
      lastIdleTime: null,
      lastHeartbeatTime,
      ...stats,
    });
    await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
    expect(await store.getWorkerById('w-1')).toMatchObject({
      status: 'idle',
      currentRolloutId: null,
      currentAttemptId: null,
      lastIdleTime: expect.any(Number),
      lastHeartbeatTime,
      ...stats,
    });
  });

  // 120
  it('a worker that is named at a start is busy with that attempt', async () => {
    const { store } = subject;
    const started = await store.startRollout({ input: 1, workerId: 'w-1' });
    const again = await store.startAttempt(started.rolloutId, { workerId: 'w-2' });
    for (const { rolloutId, attempt } of [started, again]) {
      expect(await store.getWorkerById(attempt.workerId ?? '')).toMatchObject({
        status: 'busy',
        currentRolloutId: rolloutId,
        currentAttemptId: attempt.attemptId,
        lastDequeueTime: null,
      });
    }
  });

  it('an attempt that is assigned makes its new worker busy; an empty id moves nobody', async () => {
    const { store } = subject;
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    await store.updateAttempt(rolloutId, 'latest', { workerId: 'w-3' });
    expect(await store.getWorkerById('w-3')).toMatchObject({ status: 'busy', currentAttemptId: attempt.attemptId });
    await store.updateAttempt(rolloutId, 'latest', { workerId: '', status: 'running' });
    expect((await store.queryWorkers()).total).toBe(1);
  });

  it.each(['timeout', 'unresponsive'] as const)('a worker whose attempt became %s is unknown', async (status) => {
    const { store } = subject;
    const { rolloutId } = await subject.claimed({}, 'w-1');
    await store.updateAttempt(rolloutId, 'latest', { status });
    expect(await store.getWorkerById('w-1')).toMatchObject({ status: 'unknown', currentAttemptId: null });
  });

  it('a worker that asked in vain is idle and on nothing', async () => {
    const { store } = subject;
    await subject.claimed({}, 'w-1');
    await subject.tick();
    await store.dequeueRollout({ workerId: 'w-1' });
    const idle = await store.getWorkerById('w-1');
    expect(idle).toMatchObject({ status: 'idle', currentRolloutId: null, currentAttemptId: null });
    expect(idle?.lastDequeueTime).toBe(idle?.lastIdleTime);
    await subject.tick();
    await store.dequeueRollout({ workerId: 'w-1' });
    const still = await store.getWorkerById('w-1');
    expect(still?.lastIdleTime).toBe(idle?.lastIdleTime);
    expect(still?.lastDequeueTime).toBeGreaterThan(idle?.lastDequeueTime ?? Number.NaN);
  });

  it('a worker with a free slot stays busy while it waits for more', async () => {
    const { store } = subject;
    const { attempt } = await subject.claimed({}, 'w-1');
    await subject.whileTimePasses(store.dequeueRollout({ workerId: 'w-1', waitMs: 20 }));
    expect(await store.getWorkerById('w-1')).toMatchObject({ status: 'busy', currentAttemptId: attempt.attemptId });
  });

  it('an attempt that ends does not free a worker that has moved on', async () => {
    const { store } = subject;
    const first = await subject.claimed({}, 'w-1');
    const second = await subject.claimed({}, 'w-1');
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'succeeded' });
    expect(await store.getWorkerById('w-1')).toMatchObject({
      status: 'busy',
      currentAttemptId: second.attempt.attemptId,
    });
  });

  it('a heartbeat learns which of its attempts no longer count', async () => {
    const { store } = subject;
    const config = { maxAttempts: 2, retryCondition: ['timeout' as const] };
    const live = await subject.claimed({}, 'w-1');
    const superseded = await subject.claimed({}, 'w-1');
    await store.startAttempt(superseded.rolloutId, { workerId: 'w-2' });
    const cancelled = await subject.claimed({}, 'w-1');
    await store.updateRollout(cancelled.rolloutId, { status: 'cancelled' });
    const timedOut = await subject.claimed({ config }, 'w-1');
    await store.updateAttempt(timedOut.rolloutId, 'latest', { status: 'timeout' });
    const named = [live, superseded, cancelled, timedOut].map(({ rolloutId, attempt }) => ({
      rolloutId,
      attemptId: attempt.attemptId,
    }));
    const reply = await store.updateWorker('w-1', { attempts: [...named, { rolloutId: 'ro-x', attemptId: 'at-x' }] });
    expect(reply.fencedAttemptIds).toEqual([...named.slice(1).map(({ attemptId }) => attemptId), 'at-x']);
    expect((await store.getLatestAttempt(live.rolloutId))?.lastHeartbeatTime).toBe(reply.lastHeartbeatTime);
    expect((await store.getLatestAttempt(timedOut.rolloutId))?.lastHeartbeatTime).toBeNull();
  });

  // 121, 123
  it('a heartbeat whose stats are null is refused', async () => {
    const { store } = subject;
    await expect(store.updateWorker('w-1', { heartbeatStats: null as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await store.getWorkerById('w-1')).toBeUndefined();
  });

  // 123
  it('a heartbeat never changes the status', async () => {
    const { store } = subject;
    await subject.claimed({}, 'w-1');
    expect((await store.updateWorker('w-1')).status).toBe('busy');
  });

  // 122, 124
  it('queryWorkers() filters, sorts and pages', async () => {
    const { store } = subject;
    await store.updateWorker('runner-b');
    await store.updateWorker('runner-a');
    await store.dequeueRollout({ workerId: 'other' });
    await subject.claimed({}, 'runner-c');
    const ids = async (query: object) => Array.from(await store.queryWorkers(query), ({ workerId }) => workerId);
    expect(await ids({})).toEqual(['runner-b', 'runner-a', 'other', 'runner-c']);
    expect(await ids({ statusIn: ['idle', 'busy'] })).toEqual(['other', 'runner-c']);
    expect(await ids({ statusIn: [] })).toEqual([]);
    expect(await ids({ workerIdContains: 'runner', statusIn: ['busy'] })).toEqual(['runner-c']);
    expect(await ids({ workerIdContains: 'runner', statusIn: ['idle'], filterLogic: 'or' })).toHaveLength(4);
    expect(await ids({ sortBy: 'workerId', sortOrder: 'desc' })).toEqual(['runner-c', 'runner-b', 'runner-a', 'other']);
    const page = await store.queryWorkers({ sortBy: 'workerId', limit: 2, offset: 1 });
    expect(Array.from(page, ({ workerId }) => workerId)).toEqual(['runner-a', 'runner-b']);
    expect([page.limit, page.offset, page.total]).toEqual([2, 1, 4]);
  });
}
