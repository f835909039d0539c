import type { PairedDifference, Score } from '../run/score.ts';
import type { TaskOutcome } from './algorithm-context.ts';
import { scoredReward, summarizeOutcomes } from './outcome-summary.ts';
import { createRng } from './rng.ts';

const RESAMPLES = 4000;
/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** Scores outcomes of one candidate. */
export function scoreOf(outcomes: readonly Omit<TaskOutcome<unknown>, 'trace'>[]): Score {
  const { usage: _usage, ...summary } = summarizeOutcomes(outcomes);
  return { ...summary, interval: summary.mean === null ? null : intervalOf(outcomes.map(scoredReward)) };
}

/**
 * Compares two candidates that ran on the same tasks in the same order.
 * @returns `undefined` when a task of either has no result
 */
export function compare(
  before: readonly Omit<TaskOutcome<unknown>, 'trace'>[],
  after: readonly Omit<TaskOutcome<unknown>, 'trace'>[],
): PairedDifference | undefined {
  if (scoreOf(before).mean === null || scoreOf(after).mean === null) return undefined;
  const rewardsBefore = before.map(scoredReward);
  const differences = after.map((outcome, index) => scoredReward(outcome) - (rewardsBefore[index] ?? 0));
  return {
    mean: mean(differences),
    interval: bootstrap(differences),
    wins: count(differences, (difference) => difference > 0),
    losses: count(differences, (difference) => difference < 0),
    ties: count(differences, (difference) => difference === 0),
  };
}

/** 95 % interval of the mean of `values`, at least one. */
export function intervalOf(values: readonly number[]): readonly [low: number, high: number] {
  return values.every((value) => value === 0 || value === 1) ? wilson(mean(values), values.length) : bootstrap(values);
}

/** Wilson's score interval of a proportion. */
function wilson(proportion: number, n: number): [number, number] {
  const centre = (proportion + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const spread = (Z / (1 + Z ** 2 / n)) * Math.sqrt((proportion * (1 - proportion)) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, centre - spread), Math.min(1, centre + spread)];
}

/** Percentile bootstrap of the mean. Its random numbers come from the values, so that the same outcomes give the same interval. */
function bootstrap(values: readonly number[]): [number, number] {
  const rng = createRng(`bootstrap ${JSON.stringify(values)}`);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1) sum += values[rng.int(values.length)]!;
    return sum / values.length;
  }).sort((a, b) => a - b);
  return [means[Math.floor(RESAMPLES * 0.025)]!, means[Math.ceil(RESAMPLES * 0.975) - 1]!];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function count<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length;
}
