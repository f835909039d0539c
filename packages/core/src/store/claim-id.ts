import { LightningError } from '../errors/lightning-error.ts';

/** The longest claim id. */
const MAX_LENGTH = 128;

/**
 * Checks a claim id.
 * @throws LightningError `INVALID_ARGUMENT`
 */
export function checkClaimId(claimId: string | undefined): void {
  if (claimId === undefined) return;
  if (typeof claimId === 'string' && claimId.length > 0 && claimId.length <= MAX_LENGTH) return;
  const message = `Cannot claim as 'claimId' must be a text of 1 to ${MAX_LENGTH} characters: current value is ${JSON.stringify(claimId)}`;
  throw new LightningError('INVALID_ARGUMENT', message, { details: { path: 'claimId' } });
}

/** The error of a claim whose id is another worker's. */
export function claimOfAnother(claimId: string): LightningError {
  const message = `Cannot claim under ${claimId} as another worker has claimed under that id`;
  return new LightningError('CONFLICT', message, { details: { claimId } });
}
