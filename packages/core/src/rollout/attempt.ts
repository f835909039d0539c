import { z } from 'zod';

/** Every status an attempt can have, as upstream has them. */
export const ATTEMPT_STATUSES = ['preparing', 'running', 'failed', 'succeeded', 'unresponsive', 'timeout'] as const;

/** One of {@link ATTEMPT_STATUSES}. */
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** Parses an {@link AttemptStatus}. */
export const attemptStatusSchema = z.enum(ATTEMPT_STATUSES);

/** Parses an {@link Attempt}. */
export const attemptSchema = z.object({
  rolloutId: z.string(),
  attemptId: z.string(),
  sequenceId: z.number().int(),
  startTime: z.number(),
  endTime: z.number().nullable().default(null),
  status: attemptStatusSchema.default('preparing'),
  workerId: z.string().nullable().default(null),
  lastHeartbeatTime: z.number().nullable().default(null),
  metadata: z.record(z.string(), z.unknown()).nullable().default(null),
});

/**
 * One execution of a rollout. Times are seconds since the Unix epoch, on the store's clock.
 *
 * `sequenceId` counts 1, 2, … within the rollout. `lastHeartbeatTime` is when the store last heard of the attempt (a span,
 * a heartbeat that names it), `null` before. Mirrors upstream `Attempt` (v0.3.0).
 */
export type Attempt = z.output<typeof attemptSchema>;

/**
 * Whether an attempt of this status has ended for good: `succeeded`, `failed` or `timeout`. An `unresponsive` one has
 * not: a sign of life revives it.
 */
export function isAttemptOver(status: AttemptStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'timeout';
}
