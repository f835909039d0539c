// For other packages that run algorithms.

export type { Budget, BudgetLimit } from './budget/budget.ts';
export type { BudgetReached } from './budget/budget-reached.ts';
export type {
  PlanAssumptions,
  PlannedPart,
  PlannedWork,
  PlanOptions,
  RunPlan,
  TokensPerCall,
} from './budget/plan-run.ts';
export type { ModelPrice, Prices } from './budget/prices.ts';
export type { Spend } from './budget/spend-rows.ts';
export { type AlgorithmInputs, RunContext } from './context/run-context.ts';
export { InMemoryRunJournal, type RunJournal } from './context/run-journal.ts';
export type { EvaluatedTask } from './evaluation-algorithm.ts';
export type { AgentInput, FitOptions } from './fit-options.ts';
export type { FitResult, StopReason } from './fit-result.ts';
export type { HeldOutReport } from './held-out.ts';
export type { StopCause, StopRequest, StopStep } from './interruption.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { type AlgorithmJob, type AlgorithmReport, runAlgorithm } from './run-algorithm.ts';
export type { RolloutCounts } from './run-message.ts';
export { RunStream } from './run-stream.ts';
export { intervalOf, type PairedDifference, type Score } from './score.ts';
// Showing a run on a terminal.
export { formatRunPlan } from './terminal/format-plan.ts';
export { promptDiff } from './terminal/prompt-diff.ts';
export { formatRunSummary, type RunSummaryOptions, type SummarisedResult } from './terminal/run-summary.ts';
export { emptyRunView, endedRollouts, type RunView, secondsLeft, updateRunView } from './terminal/run-view.ts';
export { type TerminalLike, TerminalProgress, type TerminalProgressOptions } from './terminal/terminal-progress.ts';
export { type EvaluationResult, Trainer } from './trainer.ts';
export type { TrainerEvent } from './trainer-event.ts';
export type { RolloutOptions, TrainerOptions } from './trainer-options.ts';
