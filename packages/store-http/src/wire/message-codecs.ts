/** Request and reply bodies that are not simply a record of core. */
import {
  type AttemptPatch,
  type AttemptReport,
  attemptSchema,
  attemptStatusSchema,
  type EnqueueRolloutRequest,
  enqueueRolloutRequestSchema,
  type ReportOptions,
  type RolloutPatch,
  recordCodec,
  rolloutConfigSchema,
  rolloutModeSchema,
  rolloutStatusSchema,
  type SequenceIdRequest,
  type SpanInput,
  type StartAttemptOptions,
  type StartRolloutRequest,
  type StoreStatistics,
  type WorkerHeartbeat,
  type WorkerHeartbeatReply,
  workerSchema,
} from '@agentlightning/core';
import { z } from 'zod';
import type { Codec } from '../operation.ts';
import { optionalBody, refuseNull, requestCodec } from './codecs.ts';
import { batchedSpanSchema } from './span-codecs.ts';

const json = z.record(z.string(), z.unknown());

/** `{"rollouts": […]}` */
export const enqueueBodyCodec = requestCodec<{ readonly rollouts: readonly EnqueueRolloutRequest[] }>(
  z.object({ rollouts: z.array(enqueueRolloutRequestSchema) }),
);

/** An enqueue request and who starts it. */
export const startRolloutBodyCodec = requestCodec<StartRolloutRequest>(
  enqueueRolloutRequestSchema.extend({ workerId: z.string().nullable().default(null) }),
);

/** How to claim over HTTP. */
export interface DequeueBody {
  readonly limit?: number;
  readonly workerId?: string | null;
  /** Milliseconds; the server shortens it to 30,000. */
  readonly waitMs?: number;
  /** Chosen by the client, so that it can ask for this very claim again, and end its wait. */
  readonly claimId?: string | null;
}

/** `{"limit", "worker_id", "wait_ms", "claim_id"}`, all optional. */
export const dequeueBodyCodec = optionalBody(
  requestCodec<DequeueBody>(
    z.object({
      limit: z.number().int().default(1),
      workerId: z.string().nullable().default(null),
      waitMs: z.number().min(0).default(0),
      claimId: z.string().nullable().optional(),
    }),
  ),
);

/** `{"claim_id"}` */
export const cancelDequeueBodyCodec = requestCodec<{ readonly claimId: string }>(z.object({ claimId: z.string() }));

/** `{"cancelled"}`: whether a claim of that id was parked. */
export const cancelDequeueReplyCodec = replyCodec<{ readonly cancelled: boolean }>(
  z.object({ cancelled: z.boolean() }),
);

/** `{"worker_id", "attempt_id"}`, optional. */
export const startAttemptBodyCodec = optionalBody(
  requestCodec<StartAttemptOptions>(
    z.object({ workerId: z.string().nullable().default(null), attemptId: z.string().optional() }),
  ),
);

/** What to change of a rollout; `null` is stored where the field can be `null` and refused elsewhere. */
export const rolloutPatchCodec = refuseNull(
  requestCodec<RolloutPatch>(
    z.object({
      input: z.unknown().optional(),
      mode: rolloutModeSchema.nullable().optional(),
      resourcesId: z.string().nullable().optional(),
      status: rolloutStatusSchema.nullable().optional(),
      config: rolloutConfigSchema.nullable().optional(),
      metadata: json.nullable().optional(),
    }),
  ),
  ['status', 'config'],
);

/** What to change of an attempt; nothing can be `null`. */
export const attemptPatchCodec = refuseNull(
  requestCodec<AttemptPatch>(
    z.object({
      status: attemptStatusSchema.nullable().optional(),
      workerId: z.string().nullable().optional(),
      lastHeartbeatTime: z.number().nullable().optional(),
      metadata: json.nullable().optional(),
      givenBack: z.boolean().optional(),
    }),
  ),
  ['status', 'worker_id', 'last_heartbeat_time', 'metadata'],
);

const attemptReportSchema = attemptSchema.extend({
  outcome: z.enum(['applied', 'ignored-terminal', 'superseded']).default('applied'),
});

/** The attempt and what became of the report; a server that does not say applied it. */
export const attemptReportCodec = replyCodec<AttemptReport>(attemptReportSchema);

/** One of many reports. */
export interface AttemptUpdate extends ReportOptions {
  readonly rolloutId: string;
  readonly attemptId: string;
  readonly patch: AttemptPatch;
}

/** `{"reports": [{"rollout_id", "attempt_id", "patch", "spans"}…]}`; a patch as for a single report, without nulls; spans are optional. */
export const reportBatchBodyCodec = requestCodec<{ readonly reports: readonly AttemptUpdate[] }>(
  z.object({
    reports: z.array(
      z.object({
        rolloutId: z.string(),
        attemptId: z.string(),
        patch: z.object({
          status: attemptStatusSchema.optional(),
          workerId: z.string().optional(),
          lastHeartbeatTime: z.number().optional(),
          metadata: json.optional(),
          givenBack: z.boolean().optional(),
        }),
        spans: z.array(batchedSpanSchema).optional(),
      }),
    ),
  }),
);

/** What came of one of many reports: the attempt, or why it was refused. */
export interface ReportBatchItem {
  readonly report?: AttemptReport;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** `{"results": [{"report"} or {"error": {"code", "message", "details"}}…]}`, one for each report, in order. */
export const reportBatchReplyCodec = replyCodec<{ readonly results: readonly ReportBatchItem[] }>(
  z.object({
    results: z.array(
      z.object({
        report: attemptReportSchema.optional(),
        error: z.object({ code: z.string(), message: z.string(), details: json.default({}) }).optional(),
      }),
    ),
  }),
);

const sequenceIdRequestSchema = z.object({ rolloutId: z.string(), attemptId: z.string() });

/** `{"heartbeat_stats", "attempts"}`, optional. */
export const heartbeatBodyCodec = optionalBody(
  refuseNull(
    requestCodec<WorkerHeartbeat>(
      z.object({ heartbeatStats: json.nullable().optional(), attempts: z.array(sequenceIdRequestSchema).optional() }),
    ),
    ['heartbeat_stats'],
  ),
);

/** The worker and which of its attempts no longer count. */
export const heartbeatReplyCodec = replyCodec<WorkerHeartbeatReply>(
  workerSchema.extend({ fencedAttemptIds: z.array(z.string()).default([]) }),
);

/** `{"spans": […]}`; `sequence_id: null` asks for a number. */
export const spanBatchBodyCodec = requestCodec<{ readonly spans: readonly SpanInput[] }>(
  z.object({ spans: z.array(batchedSpanSchema) }),
);

/**
 * Which spans of a batch were stored, in the store's order, and their numbers: the client has the rest already, so the bodies do not
 * travel twice.
 */
export interface SpanBatchReply {
  readonly stored: readonly { readonly index: number; readonly sequenceId: number }[];
}

/** `{"stored": [{"index", "sequence_id"}…]}` */
export const spanBatchReplyCodec = replyCodec<SpanBatchReply>(
  z.object({ stored: z.array(z.object({ index: z.number().int().min(0), sequenceId: z.number().int() })) }),
);

/** `?unless_identical=true`: content that is there already does not count the version up. */
export const updateResourcesQueryCodec: Codec<{ readonly unlessIdentical: boolean }> = {
  encode: ({ unlessIdentical }) => (unlessIdentical ? { unless_identical: 'true' } : {}),
  parse: (wire) => ({ unlessIdentical: (wire as Record<string, unknown>)['unless_identical'] === 'true' }),
};

/** `{"rollout_id", "attempt_id"}` */
export const sequenceIdBodyCodec = requestCodec<SequenceIdRequest>(sequenceIdRequestSchema);

/** `{"sequence_id"}` */
export const sequenceIdReplyCodec = replyCodec<{ readonly sequenceId: number }>(
  z.object({ sequenceId: z.number().int() }),
);

/** `{"requests": [{"rollout_id", "attempt_id"}…]}` */
export const sequenceIdBatchBodyCodec = requestCodec<{ readonly requests: readonly SequenceIdRequest[] }>(
  z.object({ requests: z.array(sequenceIdRequestSchema) }),
);

/** `{"sequence_ids": […]}`, one per request, in order. */
export const sequenceIdBatchReplyCodec = replyCodec<{ readonly sequenceIds: number[] }>(
  z.object({ sequenceIds: z.array(z.number().int()) }),
);

/** What to wait for over HTTP. */
export interface WaitBody {
  readonly rolloutIds: readonly string[];
  /** Seconds; `null` waits until all are terminal. */
  readonly timeout?: number | null;
  readonly minDone?: number;
}

/** `{"rollout_ids", "timeout", "min_done"}` */
export const waitBodyCodec = requestCodec<WaitBody>(
  z.object({
    rolloutIds: z.array(z.string()),
    timeout: z.number().nullable().default(null),
    minDone: z.number().int().min(0).optional(),
  }),
);

/** The most rollouts whose rewards are asked for at once: for each of them spans are read. */
const MAX_REWARD_IDS = 200;

/** `{"rollout_ids"}` */
export const rewardsBodyCodec = requestCodec<{ readonly rolloutIds: readonly string[] }>(
  z.object({ rolloutIds: z.array(z.string()).max(MAX_REWARD_IDS) }),
);

/** What the latest attempt of a rollout was rewarded with, by the last of its spans that carries a reward. */
export interface RolloutRewards {
  readonly rolloutId: string;
  /** The dimensions by name, the primary one first; none without a reward. */
  readonly rewards: Readonly<Record<string, number>>;
}

/** `{"rollout_id", "rewards"}` */
export const rolloutRewardsCodec = replyCodec<RolloutRewards>(
  z.object({ rolloutId: z.string(), rewards: z.record(z.string(), z.number()) }),
);

/** `{"status": "ok"}` */
export const healthReplyCodec = replyCodec<{ readonly status: string }>(z.object({ status: z.string() }));

/** Counts, with whatever else the store counts; known names change case, others stay. */
export const statisticsReplyCodec = replyCodec<StoreStatistics>(
  z.looseObject({
    name: z.string(),
    totalRollouts: z.number(),
    totalAttempts: z.number(),
    totalSpans: z.number(),
    totalResources: z.number(),
    totalWorkers: z.number(),
    uptime: z.number(),
    totalSpanBytes: z.number().optional(),
    evictionThresholdBytes: z.number().optional(),
    safeThresholdBytes: z.number().optional(),
    memoryCapacityBytes: z.number().optional(),
  }),
);

function replyCodec<T>(schema: z.ZodType): Codec<T> {
  return recordCodec(schema) as Codec<T>;
}
