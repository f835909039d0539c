import { describe, expect, it } from 'vitest';
import type { Worker } from './worker.ts';
import { applyWorkerEffect, type WorkerEffect } from './worker-effect.ts';

const busy = { type: 'busy', workerId: 'w', rolloutId: 'ro-1', attemptId: 'at-1', dequeued: true } as const;
const released = { type: 'released', workerId: 'w', attemptId: 'at-1', to: 'idle' } as const;

/** The worker after each of these, one second apart, from 1. */
function workerAfter(...effects: WorkerEffect[]): Worker {
  let worker: Worker | undefined;
  for (const [index, effect] of effects.entries()) worker = applyWorkerEffect(worker, effect, index + 1);
  if (worker === undefined) throw new Error('Needs an effect');
  return worker;
}

describe('applyWorkerEffect()', () => {
  it('makes a worker by its first mention', () => {
    expect(workerAfter({ type: 'heartbeat', workerId: 'w', heartbeatStats: undefined })).toEqual({
      workerId: 'w',
      status: 'unknown',
      heartbeatStats: null,
      lastHeartbeatTime: 1,
      lastDequeueTime: null,
      lastBusyTime: null,
      lastIdleTime: null,
      currentRolloutId: null,
      currentAttemptId: null,
    });
  });

  it('a claim makes it busy; only one from the queue counts as a dequeue', () => {
    expect(workerAfter(busy)).toMatchObject({
      status: 'busy',
      currentAttemptId: 'at-1',
      lastBusyTime: 1,
      lastDequeueTime: 1,
    });
    expect(workerAfter({ ...busy, dequeued: false })).toMatchObject({ status: 'busy', lastDequeueTime: null });
  });

  it('the end of its attempt frees it, the end of another does not', () => {
    expect(workerAfter(busy, released)).toMatchObject({ status: 'idle', lastIdleTime: 2, currentRolloutId: null });
    expect(workerAfter(busy, { ...released, to: 'unknown' })).toMatchObject({ status: 'unknown', lastIdleTime: 2 });
    const next = { ...busy, attemptId: 'at-2' };
    expect(workerAfter(busy, next, released)).toMatchObject({
      status: 'busy',
      currentAttemptId: 'at-2',
      lastIdleTime: null,
    });
  });

  it('asking in vain makes it idle, once', () => {
    const nothing = { type: 'found-nothing', workerId: 'w' } as const;
    expect(workerAfter(busy, nothing)).toMatchObject({
      status: 'idle',
      lastIdleTime: 2,
      lastDequeueTime: 2,
      currentRolloutId: null,
      currentAttemptId: null,
    });
    expect(workerAfter(nothing, nothing)).toMatchObject({ status: 'idle', lastIdleTime: 1, lastDequeueTime: 2 });
  });

  it('waiting for more leaves a busy worker busy and makes any other idle', () => {
    const waits = { type: 'waits', workerId: 'w' } as const;
    expect(workerAfter(busy, waits)).toMatchObject({ status: 'busy', currentAttemptId: 'at-1', lastDequeueTime: 2 });
    expect(workerAfter(waits)).toMatchObject({ status: 'idle', lastIdleTime: 1, lastDequeueTime: 1 });
  });

  it('a heartbeat keeps the status, and the stats unless it brings some', () => {
    const heartbeat = { type: 'heartbeat', workerId: 'w', heartbeatStats: { cpu: 1 } } as const;
    expect(workerAfter(busy, heartbeat, { ...heartbeat, heartbeatStats: undefined })).toMatchObject({
      status: 'busy',
      heartbeatStats: { cpu: 1 },
      lastHeartbeatTime: 3,
    });
  });

  it('leaves the record it was given as it is', () => {
    const worker = workerAfter(busy);
    const before = { ...worker };
    applyWorkerEffect(worker, released, 9);
    expect(worker).toEqual(before);
  });
});
