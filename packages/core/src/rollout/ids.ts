import { randomFillSync } from 'node:crypto';

/**
 * Random bytes are drawn in blocks: asking the system for a few at a time costs more than everything else an id is made
 * of.
 */
const pool = Buffer.alloc(4096);
let used = pool.length;

function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** A new rollout id: `ro-` and 12 hex digits, as upstream's. */
export const newRolloutId = (): string => `ro-${hex(6)}`;

/**
 * A new attempt id: `at-` and 16 hex digits. Upstream has 8; the id is what fences a late attempt from a live one, so
 * ours carries 64 random bits.
 */
export const newAttemptId = (): string => `at-${hex(8)}`;

/** A new id of a claim: `cl-` and 16 hex digits. Upstream has none. */
export const newClaimId = (): string => `cl-${hex(8)}`;

/** A new id of a resources snapshot: `rs-` and 12 hex digits, as upstream's. */
export const newResourcesId = (): string => `rs-${hex(6)}`;

/** A new OpenTelemetry trace id: 32 hex digits. */
export const newTraceId = (): string => hex(16);

/** A new OpenTelemetry span id: 16 hex digits. */
export const newSpanId = (): string => hex(8);
