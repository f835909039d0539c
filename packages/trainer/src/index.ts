// For other packages that run algorithms.

export { intervalOf } from '@agentlightning/core';
export {
  type Budget,
  type BudgetLimit,
  type BudgetReached,
  emptyRunView,
  endedRollouts,
  type Finding,
  type FindingCode,
  type HeldOutReport,
  type PairedDifference,
  type RolloutCounts,
  type RunEvent,
  type RunView,
  type Score,
  type Spend,
  type StopCause,
  type StopReason,
  type StopRequest,
  type StopStep,
  secondsLeft,
  type TimeSplit,
  updateRunView,
  type Verdict,
  verdictSentence,
} from '@agentlightning/core/run';

export type {
  PlanAssumptions,
  PlannedPart,
  PlannedWork,
  PlanOptions,
  RunPlan,
  TokensPerCall,
} from './budget/plan-run.ts';
export type { ModelPrice, Prices } from './budget/prices.ts';
export { defineConfig, type RunConfig, type RunConfigInput, type TaskSource } from './config/define-config.ts';
export { type AlgorithmInputs, RunContext } from './context/run-context.ts';
export { InMemoryRunJournal, type RunJournal } from './context/run-journal.ts';
export type { EvaluatedTask } from './evaluation-algorithm.ts';
export type { AgentInput, FitOptions } from './fit-options.ts';
export type { FitResult } from './fit-result.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { type AlgorithmJob, type AlgorithmReport, runAlgorithm } from './run-algorithm.ts';
export { RunStream } from './run-stream.ts';
// Showing a run on a terminal.
export { formatRunPlan } from './terminal/format-plan.ts';
export { promptDiff } from './terminal/prompt-diff.ts';
export { formatRunSummary, type RunSummaryOptions, type SummarisedResult } from './terminal/run-summary.ts';
export { readTerminalEnvironment, type TerminalEnvironment } from './terminal/terminal-environment.ts';
export { type TerminalLike, TerminalProgress, type TerminalProgressOptions } from './terminal/terminal-progress.ts';
export { type EvaluationResult, Trainer } from './trainer.ts';
export type { TrainerEvent } from './trainer-event.ts';
export type { RolloutOptions, TrainerOptions } from './trainer-options.ts';
