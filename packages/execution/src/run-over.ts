import { LightningError } from '@agentlightning/core';
import { settlesWithin } from './deadline.ts';
import type { StopPlan } from './runners/runners.ts';

/** Why runners are stopped when nothing went wrong: the reason that agents still at work see in their signal. */
export const runOver = (): LightningError => new LightningError('ABORTED', 'The run is over');

/** Resolves when the signal aborts, at once if it already has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * What `work` comes to. A run that is stopped meanwhile waits for it as long as for rollouts in flight.
 * @throws the reason of the signal once that time is over
 */
export async function unlessStopped<T>(
  work: Promise<T>,
  signal: AbortSignal,
  { drainMs, hurry }: Pick<StopPlan, 'drainMs' | 'hurry'>,
): Promise<T> {
  const late = whenAborted(signal)
    .then(() => settlesWithin(work, drainMs, hurry?.abort))
    .then((isSettled) => (isSettled ? work : Promise.reject(signal.reason)));
  // It may come to nothing after the work has; whatever it comes to is said by the race.
  late.catch(() => {});
  return await Promise.race([work, late]);
}
