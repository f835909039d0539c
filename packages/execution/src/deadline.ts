import { checkNumberOption } from '@agentlightning/core';

/** How long rollouts in flight may take to finish once a run is over or stopped, in milliseconds. */
export const DEFAULT_DRAIN_MS = 10_000;

/** How long agents may take to obey an abort, in milliseconds. */
export const DEFAULT_ABORT_MS = 5000;

/** How long threads and processes may take to end once they are terminated, in milliseconds. */
export const DEFAULT_TERMINATE_MS = 4000;

/** How long what is left may take to end once it is killed, in milliseconds. */
export const DEFAULT_KILL_MS = 1000;

/** Checks a number of milliseconds that a timer can wait: 24 days at most. */
export function checkDeadline(action: string, name: string, value: number, min = 0): number {
  checkNumberOption(action, name, value, { min, max: 2 ** 31 - 1 });
  return value;
}

/**
 * Waits for `work` for at most `ms` milliseconds. Answers whether it settled in time, whichever way; what it settled with is the business of
 * whoever started it. The timer does not outlive the call.
 *
 * @param cut - once aborted, it is not waited for any longer
 */
export async function settlesWithin(work: Promise<unknown>, ms: number, cut?: AbortSignal): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const giveUp = (): void => resolve(false);
  // Not at once: what has settled already has settled in time.
  const timer = setTimeout(giveUp, cut?.aborted ? 0 : ms);
  cut?.addEventListener('abort', giveUp, { once: true });
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
    cut?.removeEventListener('abort', giveUp);
  }
}

/** Waits `ms` milliseconds, or until the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}
