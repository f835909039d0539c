// What a user of the framework needs, in the order of need. Everything else is in the packages themselves.

export { APO, type ApoOptions, type ApoResult, planSearch } from '@agentlightning/algorithm-apo';
export type {
  Agent,
  NamedResources,
  Resource,
  RolloutContext,
  RolloutReport,
  RolloutResult,
} from '@agentlightning/core';
// Algorithms of your own
// When something goes wrong
export {
  Algorithm,
  type AlgorithmContext,
  algorithm,
  Baseline,
  type Dataset,
  datasetFromAsyncIterable,
  datasetFromJsonl,
  InMemoryLightningStore,
  isLightningError,
  LightningError,
  type LightningErrorCode,
  type LightningStore,
  LLM,
  loadBestPrompt,
  PromptTemplate,
  ProxyLLM,
  saveBestPrompt,
  TraceToMessages,
} from '@agentlightning/core';
// Where things run
export {
  ClientServerExecutionStrategy,
  readExecutionEnvironment,
  SharedMemoryExecutionStrategy,
} from '@agentlightning/execution';
// Agents
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
  promptRollout,
  rollout,
} from '@agentlightning/runner';
export { LightningStoreClient, LightningStoreServer } from '@agentlightning/store-http';
// Training
export {
  type AgentInput,
  createLogger,
  type EvaluationResult,
  type FitOptions,
  type FitResult,
  formatRunSummary,
  type HeldOutReport,
  promptDiff,
  type RolloutOptions,
  type RunStream,
  type Score,
  TerminalProgress,
  Trainer,
  type TrainerEvent,
  type TrainerOptions,
} from '@agentlightning/trainer';
