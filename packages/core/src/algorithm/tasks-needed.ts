/** (z of 97.5 % + z of 80 %)²: for 80 % power at the 5 % level, two-sided. */
const POWER_FACTOR = (1.959963984540054 + 0.8416212335729143) ** 2;

/** With fewer tasks no difference can be told from chance at that level: five wins of five have p = 0.06. */
export const FEWEST_TASKS = 6;

/** Variance of the difference of two candidates with rewards of 0 and 1 that disagree on three tasks of ten, as prompts of one search often do. */
const TYPICAL_VARIANCE = 0.3;

/**
 * How many tasks it takes to tell a difference of this size from chance, with 80 % power at the 5 % level: in four of five such comparisons it would show.
 * @param mean - of the differences task by task, not 0
 * @param variance - of the differences; default: typical of rewards of 0 and 1
 */
export function tasksNeeded(mean: number, variance = TYPICAL_VARIANCE): number {
  return Math.max(FEWEST_TASKS, Math.ceil((POWER_FACTOR * variance) / mean ** 2));
}

/** The smallest difference that shows in this many tasks, likewise; at most 1. */
export function smallestDifference(tasks: number, variance = TYPICAL_VARIANCE): number {
  return Math.min(1, Math.sqrt((POWER_FACTOR * variance) / tasks));
}
