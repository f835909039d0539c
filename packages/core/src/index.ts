// Resources

export * from './resource/index.ts';

// Rollouts, attempts, workers

export * from './rollout/attempt.ts';
export * from './rollout/deadline.ts';
export * from './rollout/ids.ts';
export * from './rollout/report-outcome.ts';
export * from './rollout/rollout.ts';
export * from './rollout/transition.ts';
export * from './rollout/worker.ts';
export * from './rollout/worker-effect.ts';

// Spans

export * from './span/adapter.ts';
export * from './span/attributes.ts';
export {
  CHAT_ROLES,
  type ChatMessage,
  type ChatRecord,
  type ChatRole,
  type ChatTool,
  type ChatToolCall,
} from './span/chat-record.ts';
export * from './span/links.ts';
export * from './span/message-value.ts';
export * from './span/model-call-attributes.ts';
export { getObjectValue } from './span/object-value.ts';
export * from './span/reward.ts';
export * from './span/semconv.ts';
export * from './span/span.ts';
export * from './span/span-drafts.ts';
export * from './span/span-from-draft.ts';
export * from './span/tags.ts';
export * from './span/trace-to-messages.ts';
export * from './span/tracer.ts';
export * from './span/usage.ts';

// The store

export {
  InMemoryLightningStore,
  type InMemoryLightningStoreOptions,
} from './store/in-memory-lightning-store.ts';
export * from './store/lightning-store.ts';
export * from './store/page.ts';
export * from './store/resources-update.ts';
export * from './store/store-query.ts';

// What other stores are made of

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
export * from './store/record-queries.ts';
export {
  isSameRequest,
  newRollout,
  type ResolvedRolloutRequest,
  resolveAttemptPatch,
  resolveRolloutPatch,
  resolveRolloutRequest,
} from './store/rollout-request.ts';

// Algorithms

export * from './algorithm/algorithm.ts';
export * from './algorithm/algorithm-context.ts';
export * from './algorithm/algorithm-event.ts';
export * from './algorithm/baseline.ts';
export * from './algorithm/batch-iterator.ts';
export * from './algorithm/best-prompt-file.ts';
export * from './algorithm/canonical-hash.ts';
export { checkDataset } from './algorithm/check-dataset.ts';
export * from './algorithm/dataset.ts';
export * from './algorithm/function-algorithm.ts';
export * from './algorithm/json.ts';
export * from './algorithm/json-check.ts';
export * from './algorithm/load-dataset.ts';
export * from './algorithm/outcome-summary.ts';
export * from './algorithm/rng.ts';
export { type WriteFileAtomicOptions, writeFileAtomic } from './algorithm/write-file-atomic.ts';

// Execution

export * from './execution/agent.ts';
export * from './execution/execution-strategy.ts';
export * from './execution/find-export.ts';
export * from './execution/hook.ts';
export * from './execution/module-source.ts';

// Errors, logs, time, options, wire

export * from './codec/record-codec.ts';
export * from './codec/records.ts';
export * from './errors/error-wire.ts';
export * from './errors/lightning-error.ts';
export * from './logging/logger.ts';
export * from './options/check-options.ts';
export * from './time/clock.ts';
