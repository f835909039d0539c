import { z } from 'zod';

/** Every status a worker can have, as upstream has them. */
export const WORKER_STATUSES = ['idle', 'busy', 'unknown'] as const;

/** One of {@link WORKER_STATUSES}. */
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** Parses a {@link WorkerStatus}. */
export const workerStatusSchema = z.enum(WORKER_STATUSES);

/** Parses a {@link Worker}. */
export const workerSchema = z.object({
  workerId: z.string(),
  status: workerStatusSchema.default('unknown'),
  heartbeatStats: z.record(z.string(), z.unknown()).nullable().default(null),
  lastHeartbeatTime: z.number().nullable().default(null),
  lastDequeueTime: z.number().nullable().default(null),
  lastBusyTime: z.number().nullable().default(null),
  lastIdleTime: z.number().nullable().default(null),
  currentRolloutId: z.string().nullable().default(null),
  currentAttemptId: z.string().nullable().default(null),
});

/**
 * Whoever claims attempts. Derived by the store from claims, reports and heartbeats. Times are seconds since the Unix
 * epoch, on the store's clock. A runner thread with several slots is one worker; its `current…` fields name the last
 * attempt it claimed. Mirrors upstream `Worker` (v0.3.0).
 */
export type Worker = z.output<typeof workerSchema>;
