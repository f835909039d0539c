import { isLightningError, LightningError } from '@agentlightning/core';
import { shellWord } from '@agentlightning/core/run';
import { shownPath } from '../shown-path.ts';

/**
 * What a run rejects with that can go on once somebody has mended what stopped it: a model that could not be used, a disk that is full, a store that cannot be
 * reached. It says how, in words and as `details.resumable` and `details.runDirectory`. Any other error stays as it is.
 *
 * @param directory - absolute
 */
export function pausedRun(error: unknown, directory: string): unknown {
  if (!isLightningError(error, 'MODEL_UNAVAILABLE') && !isLightningError(error, 'UNAVAILABLE')) return error;
  const message = `${error.message}. What was done is kept: mend that, then go on by: agl resume ${shellWord(shownPath(directory))}`;
  const details = { ...error.details, resumable: true, runDirectory: directory };
  return new LightningError(error.code, message, { cause: error.cause, details });
}

/** Whether a run said by {@link pausedRun} that it can go on. */
export function isPausedRun(error: unknown): boolean {
  return isLightningError(error) && error.details['resumable'] === true;
}
