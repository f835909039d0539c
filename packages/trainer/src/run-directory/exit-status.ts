import { isLightningError, type LightningErrorCode } from '@agentlightning/core';

/** The exit status of a script that `agl resume` has started, for what its run may break off with; that of `agl` for the same error. */
const EXIT_STATUS: Partial<Record<LightningErrorCode, number>> = {
  CONFIG_INVALID: 2,
  DATASET_INVALID: 2,
  RESOURCES_INVALID: 2,
  SOURCE_NOT_LOADABLE: 2,
  NOT_FOUND: 2,
  RUN_CHANGED: 2,
  PRICE_UNKNOWN: 2,
  RUN_NOT_ALLOWED: 2,
  RUN_UNREADABLE: 3,
  STORE_UNREADABLE: 3,
  UNAVAILABLE: 3,
  STORE_IN_USE: 4,
  MODEL_UNAVAILABLE: 6,
};

/** Has this process end with the status of an error, should it end because nobody handles it. */
export function endWithStatusOf(error: unknown): void {
  const status = isLightningError(error) ? EXIT_STATUS[error.code] : undefined;
  if (status === undefined) return;
  process.once('exit', (code) => {
    // That of an error that nobody has handled; a script that has is left its own.
    if (code === 1) process.exitCode = status;
  });
}
