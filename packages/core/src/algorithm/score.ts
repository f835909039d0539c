import type { PairedDifference, Score } from '../run/score.ts';
import type { TaskOutcome } from './algorithm-context.ts';
import { bootstrapInterval, intervalOf, meanOf, varianceOf } from './mean-interval.ts';
import { scoredReward, summarizeOutcomes } from './outcome-summary.ts';
import { signFlipPValue } from './sign-flip-test.ts';
import { tasksNeeded } from './tasks-needed.ts';

/** Scores outcomes of one candidate. */
export function scoreOf(outcomes: readonly Omit<TaskOutcome<unknown>, 'trace'>[]): Score {
  const { usage: _usage, ...summary } = summarizeOutcomes(outcomes);
  return { ...summary, interval: summary.mean === null ? null : intervalOf(outcomes.map(scoredReward)) };
}

/**
 * Compares two candidates that ran on the same tasks in the same order.
 * @returns `undefined` when a task of either has no result, and without tasks
 */
export function compare(
  before: readonly Omit<TaskOutcome<unknown>, 'trace'>[],
  after: readonly Omit<TaskOutcome<unknown>, 'trace'>[],
): PairedDifference | undefined {
  if (summarizeOutcomes(before).mean === null || summarizeOutcomes(after).mean === null) return undefined;
  const rewardsBefore = before.map(scoredReward);
  return differenceOf(after.map((outcome, index) => scoredReward(outcome) - (rewardsBefore[index] ?? 0)));
}

/**
 * Sums up the differences of two candidates.
 * @param differences - after minus before, task by task; at least one
 */
export function differenceOf(differences: readonly number[]): PairedDifference {
  const mean = meanOf(differences);
  const count = (isMeant: (difference: number) => boolean): number => differences.filter(isMeant).length;
  return {
    mean,
    interval: bootstrapInterval(differences),
    pValue: signFlipPValue(differences),
    wins: count((difference) => difference > 0),
    losses: count((difference) => difference < 0),
    ties: count((difference) => difference === 0),
    tasksNeeded: mean === 0 || differences.length < 2 ? null : tasksNeeded(mean, varianceOf(differences)),
  };
}
