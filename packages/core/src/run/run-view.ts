import type { FailureGroup } from './failure-groups.ts';
import type { PromptTextByName } from './prompt-texts.ts';
import type { CandidateResult, Finding, RolloutCounts } from './run-event.ts';
import type { HeldOutReport } from './score.ts';
import type { Budget, BudgetReached, Spend } from './spend.ts';
import type { StopReason, StopStep } from './stop.ts';
import type { TimeSplit } from './time-split.ts';

/** One score of a candidate. */
export interface ScoreView {
  readonly round: number;
  readonly dataset: 'val-sample' | 'val';
  /** `null`: incomplete. */
  readonly score: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number;
  readonly failed: number;
  readonly unfinished: number;
}

/** Where a candidate stands. */
export type CandidateState =
  /** It has no score yet. */
  | 'open'
  /** In the beam that was chosen last. */
  | 'in-beam'
  /** Scored, and not in that beam (any more). */
  | 'outscored'
  /** Its last score is incomplete, and it is not in the beam. */
  | 'incomplete';

/** A node of the search. */
export interface CandidateView {
  readonly version: string;
  readonly parent: string | null;
  /** 0 for what the search began with. */
  readonly round: number;
  readonly state: CandidateState;
  /** Its prompts by name; empty if nothing but its score is known. */
  readonly prompts: readonly PromptTextByName[];
  /** The snapshot that its rollouts run with; `null` if it is not known. */
  readonly resourcesId: string | null;
  readonly critique: string | null;
  readonly edit: string | null;
  /** Scores on samples of the validation set, in the order in which they became known. */
  readonly samples: readonly ScoreView[];
  /** The latest score on the whole validation set. */
  readonly validation: ScoreView | null;
  /** Rounds after which it was in the beam. */
  readonly beams: readonly number[];
}

/** A branch that brought no candidate. */
export interface DroppedView {
  readonly parent: string;
  readonly round: number;
  readonly reason: string;
  readonly critique: string | null;
}

/** One round of the search. */
export interface RoundView {
  readonly round: number;
  /** Times of events, in seconds since the Unix epoch; `null` when not known. */
  readonly startTime: number | null;
  readonly endTime: number | null;
  /** Versions, best first; `null` as long as it is not chosen. */
  readonly beam: readonly string[] | null;
  readonly bestScore: number | null;
}

/** A part of the work that is going on. */
export interface PartView {
  readonly part: string;
  readonly round: number;
  readonly parent: string | null;
  readonly doing: string;
}

/** An evaluation, under way or done. */
export interface EvaluationView {
  readonly key: string;
  readonly mode: string;
  readonly rollouts: number;
  readonly resourcesIds: readonly string[];
  readonly rows: readonly (number | null)[];
  /** `null` while it is under way. */
  readonly results: readonly CandidateResult[] | null;
}

/** A point of the score curve: a score on the whole validation set, and what was spent when it became known. */
export interface CurvePoint {
  /** Seconds since the Unix epoch; `null` when not known. */
  readonly time: number | null;
  readonly version: string;
  readonly round: number;
  readonly score: number;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number;
  readonly isBest: boolean;
  readonly rollouts: number;
  readonly modelCalls: number;
  /** `null` without prices. */
  readonly usd: number | null;
}

/** What a person wants to know of a run, under way or afterwards. Built from events alone: a terminal, a page and a report show the same. */
export interface RunView {
  readonly runId: string | null;
  readonly runDirectory: string | null;
  /** Said beside every score; `null` when there is nothing to say. */
  readonly label: string | null;
  readonly algorithm: string | null;
  readonly nRunners: number;
  readonly seed: number | null;
  readonly isResumed: boolean;
  /** Of the first and the latest event, in seconds since the Unix epoch; `null` when not known. */
  readonly startTime: number | null;
  readonly lastTime: number | null;
  /** The round that began last, and of how many; 0 before the first. */
  readonly round: number;
  readonly rounds: number;
  readonly roundList: readonly RoundView[];
  /** In the order in which they became known. */
  readonly candidates: readonly CandidateView[];
  readonly dropped: readonly DroppedView[];
  readonly parts: readonly PartView[];
  readonly evaluations: readonly EvaluationView[];
  readonly curve: readonly CurvePoint[];
  readonly rollouts: RolloutCounts;
  /** How many rollouts are planned in all, the test set included; `null` while the algorithm has not said. */
  readonly plannedRollouts: number | null;
  /** Likewise. */
  readonly plannedModelCalls: number | null;
  readonly heldOutRollouts: number;
  /** Of the algorithm. */
  readonly modelCalls: number;
  /** `null` before the run has told of any. */
  readonly spend: Spend | null;
  /** `null` without limits. */
  readonly budget: Budget | null;
  readonly budgetReached: BudgetReached | null;
  readonly time: TimeSplit | null;
  /** The first score on the whole validation set, which is that of the initial resources for algorithms that begin with them. */
  readonly firstScore: number | null;
  readonly best: {
    readonly score: number;
    /** Of the score; `null` when not known. */
    readonly interval: readonly [low: number, high: number] | null;
    readonly tasks: number | null;
    readonly version: string;
    readonly prompts: readonly PromptTextByName[];
  } | null;
  readonly heldOut: HeldOutReport | null;
  /** The most frequent first. */
  readonly failures: readonly FailureGroup[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** How far stopping was asked to go; `null` while nobody has. */
  readonly stopStep: StopStep | null;
  readonly stopReason: StopReason | null;
  /** What it failed with. */
  readonly failure: string | null;
}

/** A run nothing is known of yet. */
export const emptyRunView: RunView = {
  runId: null,
  runDirectory: null,
  label: null,
  algorithm: null,
  nRunners: 0,
  seed: null,
  isResumed: false,
  startTime: null,
  lastTime: null,
  round: 0,
  rounds: 0,
  roundList: [],
  candidates: [],
  dropped: [],
  parts: [],
  evaluations: [],
  curve: [],
  rollouts: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 },
  plannedRollouts: null,
  plannedModelCalls: null,
  heldOutRollouts: 0,
  modelCalls: 0,
  spend: null,
  budget: null,
  budgetReached: null,
  time: null,
  firstScore: null,
  best: null,
  heldOut: null,
  failures: [],
  findings: [],
  warnings: [],
  stopStep: null,
  stopReason: null,
  failure: null,
};

/** Rollouts that have ended, however they did. */
export function endedRollouts({ rollouts }: Pick<RunView, 'rollouts'>): number {
  return rollouts.succeeded + rollouts.failed + rollouts.cancelled;
}

/**
 * Seconds until the planned rollouts are done if they go on at the pace so far; `undefined` when there is nothing to go by. An estimate: the model
 * calls of the algorithm are taken to go along with the rollouts.
 */
export function secondsLeft(
  view: Pick<RunView, 'rollouts' | 'plannedRollouts'>,
  elapsedSeconds: number,
): number | undefined {
  const ended = endedRollouts(view);
  if (view.plannedRollouts === null || ended < 5) return undefined;
  return (elapsedSeconds / ended) * Math.max(0, view.plannedRollouts - ended);
}
