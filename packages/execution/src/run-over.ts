import { LightningError } from '@agentlightning/core';

/** Why runners are stopped when nothing went wrong: the reason that agents still at work see in their signal. */
export const runOver = (): LightningError => new LightningError('ABORTED', 'The run is over');

/** Resolves when the signal aborts, at once if it already has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
