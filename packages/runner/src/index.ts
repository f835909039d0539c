// Agents

// For other packages
export { agentSource, instanceSource } from './agent-source.ts';
// Inside of an agent
export { currentRollout } from './attempt-context.ts';
export { type ClaimBudget, LocalClaimBudget } from './claim-budget.ts';
export {
  type EmitOptions,
  type EmitRewardOptions,
  emitAnnotation,
  emitException,
  emitMessage,
  emitObject,
  emitReward,
} from './emitters.ts';
export {
  type FunctionAgent,
  type FunctionAgentOptions,
  functionAgentBody,
  llmRollout,
  promptRollout,
  type ResourceAgentOptions,
  type RolloutArguments,
  rollout,
} from './function-agents.ts';
export { isAgent, LitAgent, type LitAgentArguments } from './lit-agent.ts';
// Running agents
export {
  type FinishedRollout,
  type IterOptions,
  LitAgentRunner,
  type LitAgentRunnerOptions,
  type RunnerObserver,
  type RunnerSummary,
  type StepOptions,
} from './lit-agent-runner.ts';
export { loadAgent, loadFromSource } from './load-from-source.ts';
export { type Operation, type OperationOptions, operation, operationOf } from './operation.ts';
// Keeping secrets out of what is stored
export { type Redactor, redactorOf } from './redact-secrets.ts';
// Reading what was recorded
export { METRIC_ATTRIBUTE } from './rollout-result.ts';
// Tracers
export { DummyTracer } from './tracer/dummy-tracer.ts';
export { MAX_CAPTURED_BYTES, OMITTED_ATTRIBUTE } from './tracer/model-call.ts';
export { ModelCallTracer } from './tracer/model-call-tracer.ts';
