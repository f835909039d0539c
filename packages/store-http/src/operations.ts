/**
 * The wire, once: every call of the store over HTTP. Server routes and client methods derive from this table. R1–R28 are upstream's
 * routes, in upstream's order; what names a `feature` is an addition that upstream does not have.
 */
import {
  attemptCodec,
  attemptedRolloutCodec,
  namedResourcesCodec,
  resourcesUpdateCodec,
  rolloutCodec,
  rolloutMaybeAttemptedCodec,
  spanCodec,
  workerCodec,
} from '@agentlightning/core';
import { defineOperation } from './operation.ts';
import { laxCodec, listOf, orNull, pageOf } from './wire/codecs.ts';
import {
  attemptPatchCodec,
  attemptReportCodec,
  cancelDequeueBodyCodec,
  cancelDequeueReplyCodec,
  dequeueBodyCodec,
  enqueueBodyCodec,
  healthReplyCodec,
  heartbeatBodyCodec,
  heartbeatReplyCodec,
  reportBatchBodyCodec,
  reportBatchReplyCodec,
  rewardsBodyCodec,
  rolloutPatchCodec,
  rolloutRewardsCodec,
  sequenceIdBatchBodyCodec,
  sequenceIdBatchReplyCodec,
  sequenceIdBodyCodec,
  sequenceIdReplyCodec,
  spanBatchBodyCodec,
  spanBatchReplyCodec,
  startAttemptBodyCodec,
  startRolloutBodyCodec,
  statisticsReplyCodec,
  updateResourcesQueryCodec,
  waitBodyCodec,
} from './wire/message-codecs.ts';
import {
  attemptQueryCodec,
  inQueryString,
  resourcesQueryCodec,
  rolloutQueryCodec,
  spanQueryCodec,
  workerQueryCodec,
} from './wire/query-codecs.ts';
import { spanBodyCodec } from './wire/span-codecs.ts';

/** R1 */
export const health = defineOperation({
  name: 'health',
  method: 'GET',
  path: '/v1/agl/health',
  public: true,
  reply: healthReplyCodec,
});

/** R2 */
export const statistics = defineOperation({
  name: 'statistics',
  method: 'GET',
  path: '/v1/agl/statistics',
  reply: statisticsReplyCodec,
});

/** R3 */
export const enqueueRollouts = defineOperation({
  name: 'enqueueRollouts',
  method: 'POST',
  path: '/v1/agl/queues/rollouts/enqueue',
  status: 201,
  repeat: 'rollout-id',
  bulk: true,
  body: enqueueBodyCodec,
  reply: listOf(rolloutCodec),
});

/** R4 */
export const dequeueRollouts = defineOperation({
  name: 'dequeueRollouts',
  method: 'POST',
  path: '/v1/agl/queues/rollouts/dequeue',
  repeat: 'claim-id',
  longPoll: true,
  body: dequeueBodyCodec,
  reply: listOf(attemptedRolloutCodec),
});

/** Ends a parked {@link dequeueRollouts}; its own reply then says what it had claimed, if anything. */
export const cancelDequeue = defineOperation({
  name: 'cancelDequeue',
  method: 'POST',
  path: '/v1/agl/queues/rollouts/dequeue/cancel',
  repeat: 'safe',
  feature: 'dequeue-cancel',
  body: cancelDequeueBodyCodec,
  reply: cancelDequeueReplyCodec,
});

/** R5 */
export const startRollout = defineOperation({
  name: 'startRollout',
  method: 'POST',
  path: '/v1/agl/rollouts',
  status: 201,
  repeat: 'rollout-id',
  bulk: true,
  body: startRolloutBodyCodec,
  reply: attemptedRolloutCodec,
});

/** R6 */
export const listRollouts = defineOperation({
  name: 'listRollouts',
  method: 'GET',
  path: '/v1/agl/rollouts',
  query: inQueryString(rolloutQueryCodec),
  reply: pageOf(rolloutMaybeAttemptedCodec),
});

/** R7 */
export const searchRollouts = defineOperation({
  name: 'searchRollouts',
  method: 'POST',
  path: '/v1/agl/rollouts/search',
  repeat: 'safe',
  bulk: true,
  body: rolloutQueryCodec,
  reply: pageOf(rolloutMaybeAttemptedCodec),
});

/** Rewards of many rollouts, which would otherwise have to be looked for in the spans of each. Those that are unknown have none. */
export const rolloutRewards = defineOperation({
  name: 'rolloutRewards',
  method: 'POST',
  path: '/v1/agl/rewards/rollouts',
  repeat: 'safe',
  feature: 'rollout-rewards',
  body: rewardsBodyCodec,
  reply: listOf(rolloutRewardsCodec),
});

/** R8 */
export const getRollout = defineOperation({
  name: 'getRollout',
  method: 'GET',
  path: '/v1/agl/rollouts/:rolloutId',
  reply: orNull(rolloutMaybeAttemptedCodec),
});

/** R9 */
export const updateRollout = defineOperation({
  name: 'updateRollout',
  method: 'POST',
  path: '/v1/agl/rollouts/:rolloutId',
  repeat: 'safe',
  bulk: true,
  body: rolloutPatchCodec,
  reply: rolloutCodec,
});

/** R10 */
export const startAttempt = defineOperation({
  name: 'startAttempt',
  method: 'POST',
  path: '/v1/agl/rollouts/:rolloutId/attempts',
  status: 201,
  repeat: 'attempt-id',
  body: startAttemptBodyCodec,
  reply: attemptedRolloutCodec,
});

/** R11 */
export const listAttempts = defineOperation({
  name: 'listAttempts',
  method: 'GET',
  path: '/v1/agl/rollouts/:rolloutId/attempts',
  query: inQueryString(attemptQueryCodec),
  reply: pageOf(attemptCodec),
});

/** R12 */
export const searchAttempts = defineOperation({
  name: 'searchAttempts',
  method: 'POST',
  path: '/v1/agl/rollouts/:rolloutId/attempts/search',
  repeat: 'safe',
  body: attemptQueryCodec,
  reply: pageOf(attemptCodec),
});

/** R13 */
export const getLatestAttempt = defineOperation({
  name: 'getLatestAttempt',
  method: 'GET',
  path: '/v1/agl/rollouts/:rolloutId/attempts/latest',
  reply: orNull(attemptCodec),
});

/** R14; the attempt may be called `latest`. */
export const updateAttempt = defineOperation({
  name: 'updateAttempt',
  method: 'POST',
  path: '/v1/agl/rollouts/:rolloutId/attempts/:attemptId',
  repeat: 'safe',
  body: attemptPatchCodec,
  reply: attemptReportCodec,
});

/** Many {@link updateAttempt}, each judged on its own. */
export const updateAttempts = defineOperation({
  name: 'updateAttempts',
  method: 'POST',
  path: '/v1/agl/attempts/batch',
  repeat: 'safe',
  bulk: true,
  feature: 'report-batch',
  body: reportBatchBodyCodec,
  reply: reportBatchReplyCodec,
});

/** R15 */
export const listWorkers = defineOperation({
  name: 'listWorkers',
  method: 'GET',
  path: '/v1/agl/workers',
  query: inQueryString(workerQueryCodec),
  reply: pageOf(workerCodec),
});

/** R16 */
export const searchWorkers = defineOperation({
  name: 'searchWorkers',
  method: 'POST',
  path: '/v1/agl/workers/search',
  repeat: 'safe',
  body: workerQueryCodec,
  reply: pageOf(workerCodec),
});

/** R17 */
export const getWorker = defineOperation({
  name: 'getWorker',
  method: 'GET',
  path: '/v1/agl/workers/:workerId',
  reply: orNull(workerCodec),
});

/** R18 */
export const updateWorker = defineOperation({
  name: 'updateWorker',
  method: 'POST',
  path: '/v1/agl/workers/:workerId',
  repeat: 'safe',
  body: heartbeatBodyCodec,
  reply: heartbeatReplyCodec,
});

/** R19 */
export const listResources = defineOperation({
  name: 'listResources',
  method: 'GET',
  path: '/v1/agl/resources',
  query: inQueryString(resourcesQueryCodec),
  reply: pageOf(resourcesUpdateCodec),
});

/** R20; our client adds snapshots through {@link updateResources} under an id of its own, which may be sent twice. */
export const addResources = defineOperation({
  name: 'addResources',
  method: 'POST',
  path: '/v1/agl/resources',
  status: 201,
  bulk: true,
  body: laxCodec(namedResourcesCodec),
  reply: resourcesUpdateCodec,
});

/** R21 */
export const getLatestResources = defineOperation({
  name: 'getLatestResources',
  method: 'GET',
  path: '/v1/agl/resources/latest',
  reply: orNull(resourcesUpdateCodec),
});

/** R22 */
export const getResources = defineOperation({
  name: 'getResources',
  method: 'GET',
  path: '/v1/agl/resources/:resourcesId',
  reply: orNull(resourcesUpdateCodec),
});

/** R23 */
export const updateResources = defineOperation({
  name: 'updateResources',
  method: 'POST',
  path: '/v1/agl/resources/:resourcesId',
  repeat: 'safe',
  bulk: true,
  query: updateResourcesQueryCodec,
  body: laxCodec(namedResourcesCodec),
  reply: resourcesUpdateCodec,
});

/** R23 as upstream's clients ask for it: each request counts, also one with identical content. */
export const countResources = { ...updateResources, repeat: 'never' } satisfies typeof updateResources;

/** R24; `null` for a duplicate. */
export const addSpan = defineOperation({
  name: 'addSpan',
  method: 'POST',
  path: '/v1/agl/spans',
  status: 201,
  repeat: 'safe',
  bulk: true,
  body: spanBodyCodec,
  reply: orNull(spanCodec),
});

/** Many spans in one request. */
export const addSpans = defineOperation({
  name: 'addSpans',
  method: 'POST',
  path: '/v1/agl/spans/batch',
  status: 201,
  repeat: 'safe',
  bulk: true,
  feature: 'span-batch',
  body: spanBatchBodyCodec,
  reply: spanBatchReplyCodec,
});

/** R25 */
export const listSpans = defineOperation({
  name: 'listSpans',
  method: 'GET',
  path: '/v1/agl/spans',
  query: inQueryString(spanQueryCodec),
  reply: pageOf(spanCodec),
});

/** R26 */
export const searchSpans = defineOperation({
  name: 'searchSpans',
  method: 'POST',
  path: '/v1/agl/spans/search',
  repeat: 'safe',
  body: spanQueryCodec,
  reply: pageOf(spanCodec),
});

/** R27; sent twice it leaves a gap, which is harmless: only the order counts. */
export const nextSequenceId = defineOperation({
  name: 'nextSequenceId',
  method: 'POST',
  path: '/v1/agl/spans/next',
  repeat: 'safe',
  body: sequenceIdBodyCodec,
  reply: sequenceIdReplyCodec,
});

/** Many sequence ids in one request. */
export const nextSequenceIds = defineOperation({
  name: 'nextSequenceIds',
  method: 'POST',
  path: '/v1/agl/spans/next/batch',
  repeat: 'safe',
  bulk: true,
  feature: 'sequence-id-batch',
  body: sequenceIdBatchBodyCodec,
  reply: sequenceIdBatchReplyCodec,
});

/** R28 */
export const waitForRollouts = defineOperation({
  name: 'waitForRollouts',
  method: 'POST',
  path: '/v1/agl/waits/rollouts',
  repeat: 'safe',
  longPoll: true,
  bulk: true,
  body: waitBodyCodec,
  reply: listOf(rolloutCodec),
});
