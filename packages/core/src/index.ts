// Resources

export {
  type AttemptedRolloutIds,
  type CandidateProblem,
  type CandidateProblemReason,
  checkTemplate,
  isLLM,
  isNamedResources,
  isPromptTemplate,
  isProxyLLM,
  isResource,
  LLM,
  type LLMOptions,
  type LLMWire,
  type MaskedLLM,
  maskLLM,
  type NamedResources,
  type NamedResourcesWire,
  namedResourcesToWire,
  namedResourcesWireSchema,
  PromptTemplate,
  type PromptTemplateOptions,
  type PromptTemplateWire,
  ProxyLLM,
  parseNamedResources,
  parseResource,
  type Resource,
  type ResourceWire,
  resourceToWire,
  resourceWireSchema,
  secretsOf,
  TEMPLATE_ENGINES,
  TEMPLATE_ERROR_REASONS,
  type TemplateCheckOptions,
  type TemplateEngine,
  TemplateError,
  type TemplateErrorFields,
  type TemplateErrorReason,
  type TemplateProblem,
} from './resource/index.ts';

// Rollouts, attempts, workers

export {
  ATTEMPT_STATUSES,
  type Attempt,
  type AttemptStatus,
  attemptSchema,
  attemptStatusSchema,
  isAttemptOver,
} from './rollout/attempt.ts';
export { ENDPOINT_REASONS, type EndpointReason, endpointReasonOf, UNDELIVERED_KEY } from './rollout/attempt-reason.ts';
export { CLAIM_LEASE_SECONDS, type DeadlineReason, deadlineOf, passedDeadline } from './rollout/deadline.ts';
export {
  newAttemptId,
  newClaimId,
  newResourcesId,
  newRolloutId,
  newSpanId,
  newTraceId,
} from './rollout/ids.ts';
export type { ReportOutcome } from './rollout/report-outcome.ts';
export {
  type AttemptedRollout,
  attemptedRolloutSchema,
  isQueued,
  isTerminal,
  QUEUED_STATUSES,
  ROLLOUT_MODES,
  ROLLOUT_STATUSES,
  type Rollout,
  type RolloutConfig,
  type RolloutConfigInput,
  type RolloutMode,
  type RolloutStatus,
  rolloutConfigSchema,
  rolloutModeSchema,
  rolloutSchema,
  rolloutStatusSchema,
  TERMINAL_STATUSES,
} from './rollout/rollout.ts';
export {
  type AttemptChanges,
  queueMove,
  type RolloutChanges,
  type RolloutEvent,
  type RolloutState,
  rolloutStatusAfter,
  type Transition,
  transitionRollout,
} from './rollout/transition.ts';
export { WORKER_STATUSES, type Worker, type WorkerStatus, workerSchema, workerStatusSchema } from './rollout/worker.ts';
export { applyWorkerEffect, type WorkerEffect } from './rollout/worker-effect.ts';

// Spans

export type { TraceAdapter } from './span/adapter.ts';
export {
  type FlattenOptions,
  filterAndUnflatten,
  filterAttributes,
  flattenAttributes,
  type SanitizeOptions,
  sanitizeAttributes,
  toSpanAttributes,
  unflattenAttributes,
} from './span/attributes.ts';
export {
  CHAT_ROLES,
  type ChatMessage,
  type ChatRecord,
  type ChatRole,
  type ChatTool,
  type ChatToolCall,
} from './span/chat-record.ts';
export { extractLinks, type LinkMatch, makeLinkAttributes, queryLinkedSpans } from './span/links.ts';
export { getMessageValue } from './span/message-value.ts';
export { MODEL_CALL_SPAN_NAME, modelCallAttributes } from './span/model-call-attributes.ts';
export { getObjectValue } from './span/object-value.ts';
export {
  findFeedback,
  findFinalReward,
  findFinalRewards,
  findRewardSpans,
  getFeedback,
  getRewards,
  getRewardValue,
  isRewardSpan,
  type Reward,
} from './span/reward.ts';
export { PRIMARY_REWARD_NAME, RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES, SPAN_NAMES } from './span/semconv.ts';
export {
  SPAN_STATUS_CODES,
  type Span,
  type SpanAttributes,
  type SpanAttributeValue,
  type SpanContext,
  type SpanDraft,
  type SpanEvent,
  type SpanInput,
  type SpanLink,
  type SpanResource,
  type SpanStatus,
  spanAttributesSchema,
  spanAttributeValueSchema,
  spanContextSchema,
  spanEventSchema,
  spanInputSchema,
  spanLinkSchema,
  spanResourceSchema,
  spanSchema,
  spanStatusSchema,
} from './span/span.ts';
export {
  annotationDraft,
  type DraftOptions,
  exceptionAttributes,
  exceptionDraft,
  messageDraft,
  objectDraft,
  type RewardDraftOptions,
  type RewardValue,
  rewardDraft,
} from './span/span-drafts.ts';
export { type SpanFromDraftOptions, spanFromDraft } from './span/span-from-draft.ts';
export { extractTags, makeTagAttributes } from './span/tags.ts';
export { TraceToMessages } from './span/trace-to-messages.ts';
export type { SpanSink, Trace, TraceContext, Tracer } from './span/tracer.ts';
export { isModelCallSpan, type ModelUsage, sumUsage, usageByModel } from './span/usage.ts';

// The store

export {
  InMemoryLightningStore,
  type InMemoryLightningStoreOptions,
} from './store/in-memory-lightning-store.ts';
export type {
  AddSpansOptions,
  AttemptPatch,
  AttemptReport,
  DequeueManyOptions,
  DequeueOptions,
  EnqueueRolloutRequest,
  LightningStore,
  ReportOptions,
  RolloutChange,
  RolloutPatch,
  SequenceIdRequest,
  StartAttemptOptions,
  StartRolloutRequest,
  StoreCapabilities,
  StoreStatistics,
  UpdateResourcesOptions,
  WaitForRolloutsOptions,
  WorkerHeartbeat,
  WorkerHeartbeatReply,
} from './store/lightning-store.ts';
export { Page } from './store/page.ts';
export type { ResourcesUpdate } from './store/resources-update.ts';
export type { RunRecord, RunRecordKeeper } from './store/run-records.ts';
export type {
  AttemptQuery,
  FilterLogic,
  PageOptions,
  ResourcesQuery,
  RolloutQuery,
  RolloutSortField,
  SpanQuery,
  SpanSortField,
  WorkerQuery,
} from './store/store-query.ts';

// What other stores are made of

export { checkClaimId, claimOfAnother } from './store/claim-id.ts';
export { cloneJson, copyJson } from './store/json-copy.ts';
export {
  type Condition,
  checkPaging,
  type SelectedPage,
  type Selection,
  type SortKind,
  type SortKinds,
  selectPage,
} from './store/query-evaluation.ts';
export {
  ADDED_ROLLOUT_FILTERS,
  ATTEMPT_SORT_KINDS,
  ERROR_FIELDS,
  metadataPair,
  type QueriedRollout,
  queriedRollout,
  RESOURCES_SORT_KINDS,
  ROLLOUT_SORT_KINDS,
  resourcesConditions,
  rolloutConditions,
  SPAN_SORT_KINDS,
  spanConditions,
  WORKER_SORT_KINDS,
  workerConditions,
} from './store/record-queries.ts';
export {
  isSameRequest,
  newRollout,
  type ResolvedRolloutRequest,
  resolveAttemptPatch,
  resolveRolloutPatch,
  resolveRolloutRequest,
} from './store/rollout-request.ts';

// Algorithms

export { Algorithm } from './algorithm/algorithm.ts';
export type {
  AlgorithmContext,
  BestOffer,
  Candidate,
  EvaluateRequest,
  Evaluation,
  Job,
  ModelCall,
  ModelCallOptions,
  Rng,
  StepScope,
  StoreAlgorithmContext,
  TaskOutcome,
  TaskStatus,
  Usage,
} from './algorithm/algorithm-context.ts';
export type { AlgorithmEvent } from './algorithm/algorithm-event.ts';
export type { AlgorithmPlan, PlanPart, PlanSize } from './algorithm/algorithm-plan.ts';
export { Baseline, type BaselineOptions, type BaselineOutcome, type BaselineResult } from './algorithm/baseline.ts';
export { batchIterator } from './algorithm/batch-iterator.ts';
export {
  type BestPromptDocument,
  type BestPromptSource,
  bestPromptDocument,
  loadBestPrompt,
  type PromptText,
  type SaveBestPromptOptions,
  type SavedBestPrompt,
  saveBestPrompt,
} from './algorithm/best-prompt-file.ts';
export { canonicalHash, canonicalJson } from './algorithm/canonical-hash.ts';
export { checkDataset } from './algorithm/check-dataset.ts';
export type { Dataset } from './algorithm/dataset.ts';
export {
  algorithm,
  FunctionAlgorithm,
  type FunctionAlgorithmOptions,
  type FunctionResult,
} from './algorithm/function-algorithm.ts';
export type { Json, Jsonable } from './algorithm/json.ts';
export { assertJson, findNonJson, type JsonCheckOptions, MAX_JSON_DEPTH } from './algorithm/json-check.ts';
export {
  datasetFromAsyncIterable,
  datasetFromJsonl,
  type LoadDatasetOptions,
  type RowSchema,
  type StandardRowResult,
  type StandardRowSchema,
} from './algorithm/load-dataset.ts';
export { intervalOf } from './algorithm/mean-interval.ts';
export {
  ASSUMED_COMPLETION_TOKENS,
  estimateTokens,
  type ModelCallRequest,
  openAiUsage,
  type TokenUsage,
} from './algorithm/model-call.ts';
export { lacksResult, type OutcomeSummary, scoredReward, summarizeOutcomes } from './algorithm/outcome-summary.ts';
export { createRng, RNG_VERSION } from './algorithm/rng.ts';
export { compare, differenceOf, scoreOf } from './algorithm/score.ts';
export { signFlipPValue } from './algorithm/sign-flip-test.ts';
export { FEWEST_TASKS, smallestDifference, tasksNeeded } from './algorithm/tasks-needed.ts';
export { type WriteFileAtomicOptions, writeFileAtomic } from './algorithm/write-file-atomic.ts';

// Execution

export type { Agent, RolloutContext, RolloutReport, RolloutResult } from './execution/agent.ts';
export type {
  AlgorithmBundle,
  AlgorithmEnvironment,
  ExecutionJob,
  ExecutionOutcome,
  ExecutionStrategy,
  Loadable,
  RunnerBundle,
  RunnersOutcome,
  StopHurry,
  StoreOpener,
} from './execution/execution-strategy.ts';
export { type FunctionOf, findExportName, importExports, refuseInSecondCopy } from './execution/find-export.ts';
export type { Hook } from './execution/hook.ts';
export type { ModuleSource } from './execution/module-source.ts';

// Where tests have processes killed

export { ENDED_BY_FAILPOINT, failpoint } from './failpoints/failpoint.ts';
export { FAILPOINTS, type Failpoint } from './failpoints/failpoints.ts';

// Errors, logs, time, options, wire

export { type RecordCodec, recordCodec, withWireForm } from './codec/record-codec.ts';
export {
  attemptCodec,
  attemptedRolloutCodec,
  enqueueRolloutRequestCodec,
  enqueueRolloutRequestSchema,
  namedResourcesCodec,
  namedResourcesSchema,
  resourcesUpdateCodec,
  resourcesUpdateSchema,
  rolloutCodec,
  rolloutMaybeAttemptedCodec,
  spanCodec,
  spanInputCodec,
  workerCodec,
} from './codec/records.ts';
export { type ErrorWire, errorFromWire, errorToWire, toLightningError } from './errors/error-wire.ts';
export {
  isLightningError,
  LIGHTNING_ERROR_CODES,
  LightningError,
  type LightningErrorCode,
  type LightningErrorOptions,
} from './errors/lightning-error.ts';
export { type Logger, silentLogger } from './logging/logger.ts';
export {
  type EndpointFailure,
  endpointFailureOf,
  failureOfStatus,
  isConnectionCode,
  isModelClientError,
  withoutKeys,
} from './model-endpoint/endpoint-failure.ts';
export { type HeaderReader, type RateLimit, rateLimits, retryAfterMs } from './model-endpoint/retry-after.ts';
export { checkNumberOption, type NumberRange, refuseUnknownOptions } from './options/check-options.ts';
export { type Clock, type ClockTimer, systemClock } from './time/clock.ts';
