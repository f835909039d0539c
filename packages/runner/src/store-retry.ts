import { type Clock, isLightningError, type Logger } from '@agentlightning/core';
import { pause } from './waiting.ts';

/** First and longest delay between tries, in milliseconds. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** How long and how often to come back to a store that cannot be reached. */
export interface StoreRetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds from the first failure after which no further try is made. */
  readonly budgetMs: number;
  /** Once aborted, no further try is made. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a call of a store, again and again while that answers `UNAVAILABLE`. Delays double from 100 ms to 10 s; each is drawn from its upper half, so
 * that runners do not come back all at once. A store that has tried for a while by itself, as the HTTP client does, and says so in `details.triedForMs`,
 * is not asked again.
 *
 * @throws what the call throws, at once if it is anything else, and finally `UNAVAILABLE`
 */
export async function retryWhileUnavailable<T>(call: () => Promise<T>, options: StoreRetryOptions): Promise<T> {
  const { clock, logger, budgetMs, signal } = options;
  let firstFailure: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isLightningError(error, 'UNAVAILABLE') || error.details['triedForMs'] !== undefined) throw error;
      firstFailure ??= clock.now();
      const delayMs = backoffMs(attempt);
      if (signal?.aborted || (clock.now() - firstFailure) * 1000 + delayMs > budgetMs) throw error;
      if (attempt === 0) logger.warn({ err: error }, 'The store cannot be reached: trying again');
      await pause(clock, delayMs, signal);
    }
  }
}

/** The delay before try number `attempt` (from 0) is repeated. */
export function backoffMs(attempt: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return full * (0.5 + Math.random() / 2);
}
