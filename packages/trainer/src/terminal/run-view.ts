import type { Budget } from '../budget/budget.ts';
import type { Spend } from '../budget/spend-rows.ts';
import type { FitResult } from '../fit-result.ts';
import type { StopStep } from '../interruption.ts';
import type { RolloutCounts } from '../run-message.ts';
import type { TrainerEvent } from '../trainer-event.ts';

/** What a person wants to know of a run under way. Built from events alone, so it can be rebuilt from a record of them. */
export interface RunView {
  readonly algorithm: string | null;
  readonly nRunners: number;
  /** Rounds that have begun, and of how many; 0 before the first. */
  readonly round: number;
  readonly rounds: number;
  readonly candidates: { readonly proposed: number; readonly scored: number; readonly dropped: number };
  readonly rollouts: RolloutCounts;
  /** How many rollouts are planned in all, the test set included; `null` while the algorithm has not said. */
  readonly plannedRollouts: number | null;
  readonly heldOutRollouts: number;
  readonly modelCalls: number;
  /** `null` before the run has told of any. */
  readonly spend: Spend | null;
  /** `null` without limits. */
  readonly budget: Budget | null;
  /** The first score, which is that of the initial resources for algorithms that begin with them. */
  readonly firstScore: number | null;
  readonly best: { readonly score: number; readonly version: string } | null;
  readonly warnings: readonly string[];
  /** How far stopping was asked to go; `null` while nobody has. */
  readonly stopStep: StopStep | null;
  readonly stopReason: FitResult<unknown>['stopReason'] | null;
}

/** A run nothing is known of yet. */
export const emptyRunView: RunView = {
  algorithm: null,
  nRunners: 0,
  round: 0,
  rounds: 0,
  candidates: { proposed: 0, scored: 0, dropped: 0 },
  rollouts: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
  plannedRollouts: null,
  heldOutRollouts: 0,
  modelCalls: 0,
  spend: null,
  budget: null,
  firstScore: null,
  best: null,
  warnings: [],
  stopStep: null,
  stopReason: null,
};

/** The view after one more event. Pure. */
export function updateRunView(view: RunView, event: TrainerEvent): RunView {
  switch (event.type) {
    case 'run-started':
      return {
        ...view,
        algorithm: event.algorithm,
        nRunners: event.nRunners,
        heldOutRollouts: event.heldOutRollouts,
      };
    case 'rollouts':
      return { ...view, rollouts: event.counts };
    case 'model-calls':
      return { ...view, modelCalls: event.count };
    case 'best':
      return {
        ...view,
        best: { score: event.score, version: event.version },
        firstScore: view.firstScore ?? event.score,
      };
    case 'warning':
      return { ...view, warnings: [...view.warnings, event.message] };
    case 'stopping':
      return { ...view, stopStep: event.step };
    case 'run-ended':
      return { ...view, stopReason: event.stopReason };
    case 'algorithm-event':
      return updateFromAlgorithm(view, event.event);
    case 'spend':
      return { ...view, spend: event.spend, budget: event.budget };
    case 'budget-reached':
    case 'evaluation-started':
    case 'evaluation-ended':
      return view;
    default:
      return event satisfies never;
  }
}

function updateFromAlgorithm(
  view: RunView,
  event: Extract<TrainerEvent, { type: 'algorithm-event' }>['event'],
): RunView {
  const { candidates } = view;
  switch (event.type) {
    case 'plan':
      return { ...view, rounds: event.rounds, plannedRollouts: event.rollouts + view.heldOutRollouts };
    case 'round-started':
      return { ...view, round: event.round, rounds: event.rounds };
    case 'candidate-proposed':
      return { ...view, candidates: { ...candidates, proposed: candidates.proposed + 1 } };
    case 'candidate-dropped':
      return { ...view, candidates: { ...candidates, dropped: candidates.dropped + 1 } };
    case 'candidate-scored':
      return { ...view, candidates: { ...candidates, scored: candidates.scored + 1 } };
    case 'round-ended':
    case 'custom':
      return view;
    default:
      return event satisfies never;
  }
}

/** Rollouts that have ended, however they did. */
export function endedRollouts(view: RunView): number {
  return view.rollouts.succeeded + view.rollouts.failed + view.rollouts.cancelled;
}

/**
 * Seconds until the planned rollouts are done if they go on at the pace so far; `undefined` when there is nothing to go by. An estimate: the model
 * calls of the algorithm are taken to go along with the rollouts.
 */
export function secondsLeft(view: RunView, elapsedSeconds: number): number | undefined {
  const ended = endedRollouts(view);
  if (view.plannedRollouts === null || ended < 5) return undefined;
  return (elapsedSeconds / ended) * Math.max(0, view.plannedRollouts - ended);
}
