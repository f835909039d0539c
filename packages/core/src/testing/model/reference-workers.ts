import type { Attempt } from '../../rollout/attempt.ts';
import type { Worker } from '../../rollout/worker.ts';

/** The part of the reference model that follows workers; each is made by its first mention. */
export class ReferenceWorkers {
  readonly records = new Map<string, Worker>();

  /** A worker is where its attempt says. */
  follow(attempt: Attempt, isFromQueue: boolean, now: number): void {
    if (!attempt.workerId) return;
    if (attempt.status !== 'preparing' && attempt.status !== 'running') {
      this.release(attempt, now);
      return;
    }
    const worker = this.#worker(attempt.workerId);
    const { rolloutId: currentRolloutId, attemptId: currentAttemptId } = attempt;
    Object.assign(worker, { status: 'busy', lastBusyTime: now, currentRolloutId, currentAttemptId });
    if (isFromQueue) worker.lastDequeueTime = now;
  }

  /** An attempt that ends frees its worker, unless that one is at another attempt by now. */
  release({ workerId, attemptId, status }: Attempt, now: number): void {
    if (!workerId) return;
    const worker = this.#worker(workerId);
    if (worker.currentAttemptId !== null && worker.currentAttemptId !== attemptId) return;
    setFree(worker, status === 'succeeded' || status === 'failed' ? 'idle' : 'unknown', now);
  }

  /** It asked for work in vain. */
  foundNothing(workerId: string, now: number): void {
    const worker = this.#worker(workerId);
    worker.lastDequeueTime = now;
    if (worker.status !== 'idle') setFree(worker, 'idle', now);
  }

  /** A sign of life moves nobody. */
  heard(workerId: string, stats: Record<string, unknown> | undefined, now: number): void {
    const worker = this.#worker(workerId);
    worker.lastHeartbeatTime = now;
    if (stats !== undefined) worker.heartbeatStats = stats;
  }

  #worker(workerId: string): Worker {
    const times = { lastHeartbeatTime: null, lastDequeueTime: null, lastBusyTime: null, lastIdleTime: null };
    const at = { currentRolloutId: null, currentAttemptId: null };
    const worker = this.records.get(workerId) ?? { workerId, status: 'unknown', heartbeatStats: null, ...times, ...at };
    this.records.set(workerId, worker);
    return worker;
  }
}

function setFree(worker: Worker, status: 'idle' | 'unknown', now: number): void {
  Object.assign(worker, { status, lastIdleTime: now, currentRolloutId: null, currentAttemptId: null });
}
