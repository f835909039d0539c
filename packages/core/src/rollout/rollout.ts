/**
 * Glossary
 *
 * - **rollout**: one unit of work: one task, handed to an agent until it has a result. Its status says where it stands.
 * - **attempt**: one execution of a rollout by one runner. A rollout that is retried has several, numbered from 1.
 * - **latest attempt**: the one with the highest `sequenceId`; only it can change its rollout.
 * - **queue**: not a structure of its own: a rollout is queued while its status is `queuing` or `requeuing`.
 * - **worker**: whoever claims attempts; upstream's word for one runner loop.
 * - **snapshot**: an immutable set of named resources with an id; a rollout pins the one it was enqueued with.
 * - **terminal** (finished): `succeeded`, `failed`, `cancelled`. Reports, spans and deadlines never change a terminal rollout.
 */
import { z } from 'zod';
import { attemptSchema, attemptStatusSchema } from './attempt.ts';

/** Every status a rollout can have, as upstream has them. */
export const ROLLOUT_STATUSES = [
  'queuing',
  'preparing',
  'running',
  'failed',
  'succeeded',
  'cancelled',
  'requeuing',
] as const;

/** One of {@link ROLLOUT_STATUSES}. */
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** Parses a {@link RolloutStatus}. */
export const rolloutStatusSchema = z.enum(ROLLOUT_STATUSES);

/** What a rollout is for. Anything but `train` runs an agent's `validationRollout`, as upstream has it. */
export const ROLLOUT_MODES = ['train', 'val', 'test'] as const;

/** One of {@link ROLLOUT_MODES}. */
export type RolloutMode = (typeof ROLLOUT_MODES)[number];

/** Parses a {@link RolloutMode}. */
export const rolloutModeSchema = z.enum(ROLLOUT_MODES);

const positiveSeconds = z.number().positive();

/** Parses a {@link RolloutConfig}; every field has a default. */
export const rolloutConfigSchema = z.object({
  timeoutSeconds: positiveSeconds.nullable().default(null),
  unresponsiveSeconds: positiveSeconds.nullable().default(null),
  maxAttempts: z.number().int().min(1).default(1),
  retryCondition: z.array(attemptStatusSchema).default([]),
});

/**
 * How long a rollout's attempts may take and what is tried again.
 *
 * - `timeoutSeconds`: an attempt older than this becomes `timeout`. `null`: no limit. Counted from the claim.
 * - `unresponsiveSeconds`: an attempt that is silent for longer (no span, no heartbeat naming it) becomes `unresponsive`. `null`: no limit.
 * - `maxAttempts`: 1 or more, default 1. Automatic attempts in total.
 * - `retryCondition`: the attempt statuses after which the rollout is queued again while attempts are left. Default: none.
 */
export type RolloutConfig = z.output<typeof rolloutConfigSchema>;

/** A {@link RolloutConfig} as callers give it. */
export type RolloutConfigInput = z.input<typeof rolloutConfigSchema>;

/** Parses a {@link Rollout}. */
export const rolloutSchema = z.object({
  rolloutId: z.string(),
  input: z.unknown(),
  startTime: z.number(),
  endTime: z.number().nullable().default(null),
  mode: rolloutModeSchema.nullable().default(null),
  resourcesId: z.string().nullable().default(null),
  status: rolloutStatusSchema.default('queuing'),
  config: rolloutConfigSchema.default(() => rolloutConfigSchema.parse({})),
  metadata: z.record(z.string(), z.unknown()).nullable().default(null),
  priority: z.number().int().default(0),
});

/**
 * One unit of work. Times are seconds since the Unix epoch.
 *
 * `input` is the task, any JSON. `startTime` is when it was enqueued (or started without the queue) and never changes;
 * `endTime` is when a terminal status was written. `priority` is an addition of ours: among queued rollouts the higher
 * number is claimed first, equal ones first in first out; default 0, and a peer that does not send it gets 0.
 * Mirrors upstream `Rollout` (v0.3.0).
 */
export type Rollout = z.output<typeof rolloutSchema>;

/** Parses an {@link AttemptedRollout}. */
export const attemptedRolloutSchema = rolloutSchema.extend({ attempt: attemptSchema });

/** A rollout together with one attempt of it: the one just started, or the latest one in query results. */
export type AttemptedRollout = z.output<typeof attemptedRolloutSchema>;

/** Statuses in which a rollout waits to be claimed. */
export const QUEUED_STATUSES: readonly RolloutStatus[] = ['queuing', 'requeuing'];

/** Statuses that end a rollout. */
export const TERMINAL_STATUSES: readonly RolloutStatus[] = ['succeeded', 'failed', 'cancelled'];

/** Whether a rollout of this status waits to be claimed. */
export function isQueued(status: RolloutStatus): boolean {
  return status === 'queuing' || status === 'requeuing';
}

/** Whether a rollout of this status has ended. */
export function isTerminal(status: RolloutStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}
