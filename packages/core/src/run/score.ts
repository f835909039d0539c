/** How a candidate did on a set of tasks. */
export interface Score {
  /** Mean reward over all tasks; a task without a reward counts 0. `null` when a task has no result: the mean would flatter. */
  readonly mean: number | null;
  /** 95 % interval of the mean: Wilson's where every reward is 0 or 1, otherwise by the bootstrap. `null` like {@link mean}. */
  readonly interval: readonly [low: number, high: number] | null;
  /** How many tasks there are. */
  readonly n: number;
  /** Tasks whose agent failed or timed out. They count 0. */
  readonly failed: number;
  /** Tasks that succeeded without giving a reward. They count 0. */
  readonly withoutReward: number;
  /** Tasks without a result: not done in time, cancelled, or their runner was lost. They make the score incomplete. */
  readonly unfinished: number;
}

/** The difference of two candidates on the same tasks. */
export interface PairedDifference {
  /** Mean of the differences task by task. */
  readonly mean: number;
  /** 95 % bootstrap interval over the tasks. */
  readonly interval: readonly [low: number, high: number];
  /**
   * Two-sided, of the sign-flip permutation test: how likely a difference at least as large is, in either direction, if both are equally good. For rewards
   * of 0 and 1 it is McNemar's exact test.
   */
  readonly pValue: number;
  /** How many tasks went up, down, or stayed. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /**
   * About how many tasks it would take to tell a difference of this size from chance, with 80 % power at the 5 % level, if it is as large and as uneven as
   * it was here. `null` for a difference of 0.
   */
  readonly tasksNeeded: number | null;
}

/** How the best candidate did on tasks that the search never saw. */
export interface HeldOutReport {
  /** The best candidate's score. */
  readonly best: Score;
  /** The initial resources' score on the same tasks. */
  readonly initial: Score;
  /** Best minus initial, task by task; `null` when a task has no result. */
  readonly difference: PairedDifference | null;
  readonly verdict: Verdict;
}

/**
 * What a comparison on held-out tasks says. `better` or `worse` only when the 95 % interval of the difference leaves out 0 and the exact test agrees
 * (p below 0.05); otherwise these tasks do not tell: `not-distinguishable`. `same`: the best candidate is the initial one. `incomplete`: a task has no result.
 */
export type Verdict = 'better' | 'worse' | 'not-distinguishable' | 'same' | 'incomplete';
