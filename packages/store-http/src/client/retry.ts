/** The one retry policy: which failures are tried again, and when. */
import { isLightningError, LightningError } from '@agentlightning/core';
import type { Outage } from './outage.ts';
import type { Pacing } from './pacing.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** Statuses that say "not now"; a 500 says "not ever", as it is a defect that the same request meets again. */
const PASSING_STATUSES: readonly unknown[] = [408, 502, 503, 504];

/** When to give up, and what ends a pause. */
export interface RetryOptions {
  /** Time for all tries together, milliseconds; 0 tries once. */
  readonly budgetMs: number;
  /** Whether the call may be made again although the first one may have arrived. Asked after a failure of which that is not known. */
  readonly mayRepeat: () => Promise<boolean>;
  readonly outage: Outage;
  readonly pacing: Pacing;
  /** Ends pauses; the call then fails as if the budget were spent. */
  readonly signal: AbortSignal;
}

/**
 * Calls `call` until it succeeds, fails for good, or the budget is spent; then throws the last error. Between tries it pauses for a
 * random part of 100 ms, 200 ms, 400 ms … 10 s (full jitter, so that many clients do not come back at once), for as long as the
 * server asked, and until it can be reached again. Once the budget is spent, the error says so in `details.triedForMs`.
 *
 * A call that may not be made twice is made again only if it is certain that the first one did not arrive.
 */
export async function withRetries<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { budgetMs, mayRepeat, outage, pacing, signal } = options;
  const start = pacing.now();
  const end = start + budgetMs;
  // While the server is known to be away there is no use in trying; when it stays away, the call says so itself.
  if (outage.isOn && budgetMs > 0) await outage.over(budgetMs, signal);
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      const delay = retryDelayMs(error, failures, pacing.random);
      if (delay === undefined || budgetMs === 0) throw error;
      if (!hasNotArrived(error) && !(await mayRepeat())) throw error;
      const left = end - pacing.now();
      if (delay > left || signal.aborted) throw gaveUp(error, pacing.now() - start);
      const reachable = isUnreachable(error) ? outage.over(left, signal) : true;
      await pacing.pause(delay, signal);
      if (!(await reachable) || signal.aborted) throw gaveUp(error, pacing.now() - start);
    }
  }
}

/**
 * How long to pause before the next try, in milliseconds; `undefined` for an error that trying again does not help.
 * @param failures - how often it failed so far, from 1
 */
export function retryDelayMs(error: unknown, failures: number, random: () => number): number | undefined {
  if (!isLightningError(error, 'UNAVAILABLE')) return undefined;
  const { status, retryAfterMs } = (error as LightningError).details;
  if (status !== undefined && !PASSING_STATUSES.includes(status)) return undefined;
  const delay = backoffMs(failures, random);
  return typeof retryAfterMs === 'number' ? Math.max(retryAfterMs, delay) : delay;
}

/** A random part of 100 ms, 200 ms, 400 ms … 10 s. */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20));
}

/** `details.triedForMs` tells whoever called that there is no use in trying again at once. */
function gaveUp(error: unknown, triedForMs: number): LightningError {
  const { message, details } = error as LightningError;
  const seconds = Math.round(triedForMs / 1000);
  return new LightningError('UNAVAILABLE', `${message} (tried for ${seconds} s)`, {
    cause: error,
    details: { ...details, triedForMs },
  });
}

/** Whether no reply came at all. */
function isUnreachable(error: unknown): boolean {
  return (error as LightningError).details['status'] === undefined;
}

/** Whether the request cannot have reached the server, as there was not even a connection. */
function hasNotArrived(error: unknown): boolean {
  return (error as LightningError).details['connected'] === false;
}
