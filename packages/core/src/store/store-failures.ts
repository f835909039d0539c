/** What every store says in the same words when it refuses. */
import { LightningError } from '../errors/lightning-error.ts';
import { isNamedResources, type NamedResources } from '../resource/resource.ts';
import type { SpanInput } from '../span/span.ts';

/** No rollout of this id. */
export function unknownRollout(rolloutId: string): LightningError {
  return notFound(`Rollout ${rolloutId} not found`, { rolloutId });
}

/** The rollout is there, and no attempt of this id; `hasAttempts` says whether it has any. */
export function unknownAttempt(rolloutId: string, attemptId: string, hasAttempts: boolean): LightningError {
  if (!hasAttempts) return notFound(`No attempts found for rollout ${rolloutId}`, { rolloutId });
  return notFound(`Attempt ${attemptId} not found for rollout ${rolloutId}`, { rolloutId, attemptId });
}

/**
 * Spans that could not be stored as their attempt is unknown; their keys are in `details.unknown`.
 *
 * @param spans - at least one
 * @param isRolloutKnown - whether the rollout of the first one is there
 */
export function unknownSpans(spans: readonly SpanInput[], isRolloutKnown: boolean): LightningError {
  const unknown = spans.map(({ rolloutId, attemptId, spanId }) => ({ rolloutId, attemptId, spanId }));
  const { rolloutId, attemptId } = spans[0] as SpanInput;
  const what = (isRolloutKnown ? unknownAttempt(rolloutId, attemptId, true) : unknownRollout(rolloutId)).message;
  return notFound(spans.length === 1 ? what : `${what} (and ${spans.length - 1} more spans of unknown attempts)`, {
    unknown,
  });
}

/** The id a caller chose belongs to a rollout that another request made. */
export function takenRolloutId(rolloutId: string): LightningError {
  const message = `Cannot make rollout ${rolloutId} as another request has made one of that id`;
  return new LightningError('CONFLICT', message, { details: { rolloutId } });
}

/** The id a caller chose belongs to an attempt of another worker. */
export function takenAttemptId(rolloutId: string, attemptId: string): LightningError {
  const message = `Cannot start attempt ${attemptId} of rollout ${rolloutId} as another worker has one of that id`;
  return new LightningError('CONFLICT', message, { details: { rolloutId, attemptId } });
}

/** The store was closed. */
export function storeClosing(): LightningError {
  return new LightningError('STORE_CLOSING', 'The store is closed');
}

/** A copy of the mapping; resources are immutable themselves. @throws LightningError `INVALID_ARGUMENT` */
export function checkResources(resources: NamedResources): NamedResources {
  if (isNamedResources(resources)) return { ...resources };
  throw new LightningError('INVALID_ARGUMENT', 'Cannot store the snapshot as it must map names to resources');
}

/** How many to claim. @throws LightningError `INVALID_ARGUMENT` unless it is a whole number */
export function checkClaimLimit(limit: number): void {
  if (Number.isInteger(limit)) return;
  const message = `Cannot claim as 'limit' must be a whole number: current value is ${limit}`;
  throw new LightningError('INVALID_ARGUMENT', message, { details: { path: 'limit' } });
}

function notFound(message: string, details: Record<string, unknown>): LightningError {
  return new LightningError('NOT_FOUND', message, { details });
}
