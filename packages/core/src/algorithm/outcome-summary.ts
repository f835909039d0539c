import type { TaskOutcome, Usage } from './algorithm-context.ts';

/** How a candidate did on a set of tasks, in a few numbers. Plain JSON. */
export interface OutcomeSummary {
  /** Mean reward; a task that failed or gave no reward counts 0. `null` when a task has no result, as the mean would then say too much, and without tasks. */
  readonly mean: number | null;
  /** How many tasks there were. */
  readonly n: number;
  /** Tasks whose agent failed or timed out. */
  readonly failed: number;
  /** Tasks that succeeded without giving a reward. */
  readonly withoutReward: number;
  /** Tasks that have no result, see {@link lacksResult}. */
  readonly unfinished: number;
  /** Model calls and tokens of the agents. */
  readonly usage: Usage;
}

/**
 * Whether an outcome says nothing about its candidate: the rollout was not done in time, was cancelled, or its runner was lost. It is no 0, and a mean over the
 * others favours candidates that hang: the score is incomplete.
 */
export function lacksResult({ status }: Pick<TaskOutcome<unknown>, 'status'>): boolean {
  return status === 'unfinished' || status === 'cancelled' || status === 'lost';
}

/** What an outcome adds to a mean: its reward, but 0 for a task that failed, whatever it emitted before, and for one without a reward. */
export function scoredReward({ status, reward }: Pick<TaskOutcome<unknown>, 'status' | 'reward'>): number {
  return status === 'succeeded' ? (reward ?? 0) : 0;
}

/** Sums up outcomes of one candidate. */
export function summarizeOutcomes(outcomes: readonly Omit<TaskOutcome<unknown>, 'trace'>[]): OutcomeSummary {
  const count = (isMeant: (outcome: Omit<TaskOutcome<unknown>, 'trace'>) => boolean): number =>
    outcomes.filter(isMeant).length;
  const sum = (numberOf: (outcome: Omit<TaskOutcome<unknown>, 'trace'>) => number): number =>
    outcomes.reduce((total, outcome) => total + numberOf(outcome), 0);
  const unfinished = count(lacksResult);
  return {
    mean: unfinished > 0 || outcomes.length === 0 ? null : sum(scoredReward) / outcomes.length,
    n: outcomes.length,
    failed: count(({ status }) => status === 'failed' || status === 'timeout'),
    withoutReward: count(({ status, reward }) => status === 'succeeded' && reward === null),
    unfinished,
    usage: {
      modelCalls: sum(({ usage }) => usage.modelCalls),
      promptTokens: sum(({ usage }) => usage.promptTokens),
      completionTokens: sum(({ usage }) => usage.completionTokens),
    },
  };
}
