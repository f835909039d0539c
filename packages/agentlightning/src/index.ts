// What a user of the framework needs, in the order of need. Everything else is in the packages themselves.

// Agents

export {
  type Agent,
  LLM,
  type NamedResources,
  PromptTemplate,
  ProxyLLM,
  type Resource,
  type RolloutContext,
  type RolloutReport,
  type RolloutResult,
} from '@agentlightning/core';
export {
  currentRollout,
  emitAnnotation,
  emitException,
  emitMessage,
  emitObject,
  emitReward,
  LitAgent,
  LitAgentRunner,
  llmRollout,
  operation,
  operationOf,
  promptRollout,
  rollout,
} from '@agentlightning/runner';

// Training

export { APO, type ApoOptions, type ApoResult, planSearch } from '@agentlightning/algorithm-apo';
export {
  Baseline,
  type Dataset,
  datasetFromAsyncIterable,
  datasetFromJsonl,
  loadBestPrompt,
  saveBestPrompt,
} from '@agentlightning/core';
export {
  type AgentInput,
  type Budget,
  type BudgetLimit,
  createLogger,
  defineConfig,
  type EvaluationResult,
  type Finding,
  type FitOptions,
  type FitResult,
  formatRunPlan,
  formatRunSummary,
  type HeldOutReport,
  type PlanOptions,
  type Prices,
  promptDiff,
  type RolloutOptions,
  type RunConfig,
  type RunPlan,
  type RunStream,
  readTerminalEnvironment,
  type Score,
  type Spend,
  type TaskSource,
  TerminalProgress,
  type TimeSplit,
  Trainer,
  type TrainerEvent,
  type TrainerOptions,
  verdictSentence,
} from '@agentlightning/trainer';

// Algorithms of your own

export {
  Algorithm,
  type AlgorithmContext,
  type AlgorithmEvent,
  algorithm,
  type Candidate,
  lacksResult,
  type ModuleSource,
  type OutcomeSummary,
  type RolloutMode,
  summarizeOutcomes,
  type TaskOutcome,
  TraceToMessages,
} from '@agentlightning/core';

// Where things run, and what watches them

export {
  type AttemptedRollout,
  type Hook,
  InMemoryLightningStore,
  type LightningStore,
  type Logger,
  type Span,
  type SpanDraft,
  type Tracer,
} from '@agentlightning/core';
export {
  type ClientServerExecutionOptions,
  ClientServerExecutionStrategy,
  readExecutionEnvironment,
  SharedMemoryExecutionStrategy,
} from '@agentlightning/execution';
export { DummyTracer } from '@agentlightning/runner';
export { LightningStoreClient, LightningStoreServer } from '@agentlightning/store-http';
export { SqliteLightningStore, type SqliteLightningStoreOptions } from '@agentlightning/store-sqlite';

// When something goes wrong

export { isLightningError, LightningError, type LightningErrorCode, TemplateError } from '@agentlightning/core';
