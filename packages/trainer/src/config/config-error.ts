import { LightningError } from '@agentlightning/core';

/** Where in a config something is wrong. */
export interface ConfigPlace {
  /** The file, as it is to be shown. */
  readonly path: string;
  /** `null` for the file as a whole. */
  readonly field: string | null;
}

/** A config that cannot be used: `CONFIG_INVALID` with the file and the field in message and details. */
export function configError(place: ConfigPlace, problem: string, cause?: unknown): LightningError {
  const { path, field } = place;
  return new LightningError('CONFIG_INVALID', `${path}: ${problem}`, { cause, details: { path, field } });
}
