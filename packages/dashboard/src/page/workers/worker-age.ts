import type { WorkerWire } from '../store/records.ts';

/** Runners say every ten seconds that they are there: who is silent for three times as long is not. */
export const STALE_SECONDS = 30;

/** How long ago a worker was heard of, and whether that is too long. */
export interface WorkerAge {
  /** Seconds; `null` if it was never heard of. */
  readonly seconds: number | null;
  /** When that was, in seconds since the Unix epoch; `null` likewise. */
  readonly time: number | null;
  readonly isStale: boolean;
}

/**
 * When a worker was last heard of: a heartbeat, a claim, or a report.
 * @param now - seconds since the Unix epoch
 */
export function ageOfWorker(worker: WorkerWire, now: number): WorkerAge {
  const times = [
    worker.last_heartbeat_time,
    worker.last_dequeue_time,
    worker.last_busy_time,
    worker.last_idle_time,
  ].filter((time) => time !== null);
  if (times.length === 0) return { seconds: null, time: null, isStale: true };
  const time = Math.max(...times);
  const seconds = Math.max(0, now - time);
  return { seconds, time, isStale: seconds > STALE_SECONDS };
}

/** `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}
