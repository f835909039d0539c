/** The one retry policy: which failures are tried again, and when. */
import { isLightningError, type LightningError } from '@agentlightning/core';
import { pause } from './pause.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** Statuses that say "not now"; a 500 says "not ever", as it is a defect that the same request meets again. */
const PASSING_STATUSES: readonly unknown[] = [408, 502, 503, 504];

/** When to give up, and what ends a pause. */
export interface RetryOptions {
  /** Time for all tries together, milliseconds; 0 tries once. */
  readonly budgetMs: number;
  /** Ends a pause; the call then fails with its last error. */
  readonly signal?: AbortSignal;
  /** From 0 to before 1; default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Calls `call` until it succeeds, fails for good, or the budget is spent; then throws the last error. Between tries it pauses for a
 * random part of 100 ms, 200 ms, 400 ms … 10 s (full jitter, so that many clients do not come back at once), or for as long as the
 * server asked.
 */
export async function withRetries<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { budgetMs, signal, random = Math.random } = options;
  const end = performance.now() + budgetMs;
  for (let failures = 1; ; failures++) {
    try {
      return await call();
    } catch (error) {
      const delay = retryDelayMs(error, failures, random);
      if (delay === undefined || performance.now() + delay > end) throw error;
      await pause(delay, signal);
      if (signal?.aborted) throw error;
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
  if (typeof retryAfterMs === 'number') return retryAfterMs;
  return random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20));
}
