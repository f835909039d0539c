import type { Attempt } from './attempt.ts';

/** Metadata key of an attempt whose claim never reached whoever asked for it; its value is `true`. */
export const UNDELIVERED_KEY = 'agl.undelivered';

/** What a runner found to be the reason why an attempt came to nothing, when it was the agent's model endpoint. */
export const ENDPOINT_REASONS = {
  /** Trouble that passes: rate limits, 5xx, lost or refused connections, after the tries of the agent's own client. */
  outage: 'model outage',
  /** A wrong key, no permission or an exhausted quota: no attempt will do better until somebody mends the account. */
  refused: 'model refused',
} as const;

/** One of {@link ENDPOINT_REASONS}. */
export type EndpointReason = (typeof ENDPOINT_REASONS)[keyof typeof ENDPOINT_REASONS];

/**
 * Whether an attempt says nothing about its task as its model endpoint could not be used, which its runner notes as `metadata.reason`; `undefined` if it does
 * say something, or nobody knows.
 */
export function endpointReasonOf({ metadata }: Pick<Attempt, 'metadata'>): EndpointReason | undefined {
  const reason = metadata?.['reason'];
  return Object.values(ENDPOINT_REASONS).find((known) => known === reason);
}
