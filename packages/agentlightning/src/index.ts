// What a user of the framework needs, in the order of need. Everything else is in the packages themselves.

// Agents
export { LitAgent, llmRollout, promptRollout, rollout } from '@agentlightning/runner';
export {
  currentRollout,
  emitAnnotation,
  emitException,
  emitMessage,
  emitObject,
  emitReward,
  operation,
} from '@agentlightning/runner';
export type { Agent, NamedResources, Resource, RolloutContext, RolloutReport, RolloutResult } from '@agentlightning/core';
export { LLM, PromptTemplate, ProxyLLM } from '@agentlightning/core';

// Training
export {
  createLogger,
  type EvaluationResult,
  type FitOptions,
  type FitResult,
  type HeldOutReport,
  type RolloutOptions,
  type RunStream,
  type Score,
  Trainer,
  type TrainerEvent,
  type TrainerOptions,
} from '@agentlightning/trainer';
export { APO, type ApoOptions, type ApoResult } from '@agentlightning/algorithm-apo';
export { Baseline, loadBestPrompt, saveBestPrompt } from '@agentlightning/core';
export { formatRunSummary, promptDiff, TerminalProgress } from '@agentlightning/trainer';

// Algorithms of your own
export { Algorithm, algorithm, type AlgorithmContext, TraceToMessages } from '@agentlightning/core';
export { datasetFromAsyncIterable, datasetFromJsonl, type Dataset } from '@agentlightning/core';

// Where things run
export {
  ClientServerExecutionStrategy,
  readExecutionEnvironment,
  SharedMemoryExecutionStrategy,
} from '@agentlightning/execution';
export { InMemoryLightningStore, type LightningStore } from '@agentlightning/core';
export { LightningStoreClient, LightningStoreServer } from '@agentlightning/store-http';
export { LitAgentRunner } from '@agentlightning/runner';

// When something goes wrong
export { isLightningError, LightningError, type LightningErrorCode } from '@agentlightning/core';
