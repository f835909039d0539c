// What happens in a run, and how to look at it. Imports nothing of Node: a page in a browser uses it too.

export { counted, dollars, grouped } from './amounts.ts';
export { duration } from './duration.ts';
export { editWords, partWords } from './edit-words.ts';
export { evaluationWords } from './evaluation-words.ts';
export type { FailureGroup } from './failure-groups.ts';
export { lineageOf } from './lineage.ts';
export { type PromptTextByName, promptTextsOf } from './prompt-texts.ts';
export type { RunDetails, RunStatus } from './run-details.ts';
export {
  type CandidateResult,
  COUNTER_EVENTS,
  type Finding,
  type FindingCode,
  isCounterEvent,
  type JournalEntry,
  type RolloutCounts,
  type RunEvent,
} from './run-event.ts';
export {
  type CandidateState,
  type CandidateView,
  type CurvePoint,
  type DroppedView,
  type EvaluationView,
  emptyRunView,
  endedRollouts,
  type PartView,
  type RoundView,
  type RunView,
  type ScoreView,
  secondsLeft,
} from './run-view.ts';
export type { HeldOutReport, PairedDifference, Score, Verdict } from './score.ts';
export { scoreText } from './score-text.ts';
export { shellWord } from './shell-word.ts';
export type { Budget, BudgetLimit, BudgetReached, Spend } from './spend.ts';
export type { StopCause, StopReason, StopRequest, StopStep } from './stop.ts';
export { type TimeShare, timeShares } from './time-shares.ts';
export type { TimeSplit } from './time-split.ts';
export { updateRunView } from './update-run-view.ts';
export { verdictOn, verdictSentence } from './verdict.ts';
export { CHOSEN_BY_CAVEAT, whyBest } from './why-best.ts';
