import type { Worker } from './worker.ts';

/** What an event means for the record of the worker behind it. */
export type WorkerEffect =
  /** It works on this attempt now; `dequeued` if it took it from the queue. */
  | {
      readonly type: 'busy';
      readonly workerId: string;
      readonly rolloutId: string;
      readonly attemptId: string;
      readonly dequeued: boolean;
    }
  /** The attempt ended; `unknown` when the store gave it up instead of hearing from the worker. */
  | {
      readonly type: 'released';
      readonly workerId: string;
      readonly attemptId: string;
      readonly to: 'idle' | 'unknown';
    }
  /** It asked for work and there is none. */
  | { readonly type: 'found-nothing'; readonly workerId: string }
  /** It asked for work and waits for some. A worker with several slots may be busy all the while. */
  | { readonly type: 'waits'; readonly workerId: string }
  /** It said that it lives. */
  | {
      readonly type: 'heartbeat';
      readonly workerId: string;
      readonly heartbeatStats: Readonly<Record<string, unknown>> | undefined;
    };

/**
 * The worker's record after `effect`; a worker is made by its first mention. Pure: every backend uses this one
 * function.
 *
 * An attempt that ends releases its worker only if the worker has not moved on to another one.
 */
export function applyWorkerEffect(known: Worker | undefined, effect: WorkerEffect, now: number): Worker {
  const worker = known ?? newWorker(effect.workerId);
  switch (effect.type) {
    case 'busy':
      return {
        ...worker,
        status: 'busy',
        lastBusyTime: now,
        ...(effect.dequeued ? { lastDequeueTime: now } : {}),
        currentRolloutId: effect.rolloutId,
        currentAttemptId: effect.attemptId,
      };
    case 'released': {
      const movedOn = worker.currentAttemptId !== null && worker.currentAttemptId !== effect.attemptId;
      return movedOn ? worker : { ...worker, ...WITHOUT_ATTEMPT, status: effect.to, lastIdleTime: now };
    }
    case 'found-nothing':
      if (worker.status === 'idle') return { ...worker, lastDequeueTime: now };
      return { ...worker, ...WITHOUT_ATTEMPT, status: 'idle', lastIdleTime: now, lastDequeueTime: now };
    case 'waits':
      if (worker.status === 'busy') return { ...worker, lastDequeueTime: now };
      return applyWorkerEffect(worker, { ...effect, type: 'found-nothing' }, now);
    case 'heartbeat':
      return {
        ...worker,
        lastHeartbeatTime: now,
        ...(effect.heartbeatStats === undefined ? {} : { heartbeatStats: { ...effect.heartbeatStats } }),
      };
    default:
      throw new TypeError(`Unknown effect: ${JSON.stringify(effect satisfies never)}`);
  }
}

const WITHOUT_ATTEMPT = { currentRolloutId: null, currentAttemptId: null };

function newWorker(workerId: string): Worker {
  return {
    workerId,
    status: 'unknown',
    heartbeatStats: null,
    lastHeartbeatTime: null,
    lastDequeueTime: null,
    lastBusyTime: null,
    lastIdleTime: null,
    currentRolloutId: null,
    currentAttemptId: null,
  };
}
