import {
  type AlgorithmContext,
  intervalOf,
  lacksResult,
  type PromptTemplate,
  type RolloutMode,
  scoredReward,
  type TaskOutcome,
} from '@agentlightning/core';
import type { EvaluationScore } from './history.ts';

/** What to run a prompt on, and how its result counts. */
export interface PromptEvaluation<TTask> {
  /** The resource that the prompt takes the place of. */
  readonly resourceName: string;
  readonly prompt: PromptTemplate;
  /** At least one. */
  readonly tasks: readonly TTask[];
  readonly mode: RolloutMode;
  /** Higher is claimed first, default 0. */
  readonly priority?: number;
  /** Until rollouts that are not done count as unfinished. */
  readonly timeoutSeconds: number;
  /** Runs tasks without a result a second time, with the same timeout. Default `false`. */
  readonly retryUnfinished?: boolean;
  /** Scores as upstream: mean over the rollouts that finished, stragglers run on, the prompt is the only resource. Default `false`. */
  readonly isUpstream?: boolean;
}

/** The outcomes of an evaluation in task order, and what they come to. */
export interface EvaluatedPrompt<TTask> {
  readonly outcomes: readonly TaskOutcome<TTask>[];
  readonly result: EvaluationScore;
}

/**
 * Runs a prompt on tasks. Mirrors upstream `APO.evaluate_prompt_on_batch` (v0.3.0).
 *
 * @param context - a scope of this evaluation's own
 */
export async function evaluatePrompt<TTask>(
  context: AlgorithmContext<TTask>,
  evaluation: PromptEvaluation<TTask>,
): Promise<EvaluatedPrompt<TTask>> {
  const {
    resourceName,
    prompt,
    mode,
    priority = 0,
    timeoutSeconds,
    retryUnfinished = false,
    isUpstream = false,
  } = evaluation;
  const run = (key: string, tasks: readonly TTask[]): Promise<readonly TaskOutcome<TTask>[]> =>
    context
      .evaluate(key, {
        candidates: [{ [resourceName]: prompt }],
        tasks,
        mode,
        priority,
        timeoutSeconds,
        stragglers: isUpstream ? 'leave' : 'cancel',
        candidateOnly: isUpstream,
      })
      .outcomes();

  const first = await run('tasks', evaluation.tasks);
  if (isUpstream) return { outcomes: first, result: scoreAsUpstream(first) };
  const missing = first.filter(lacksResult);
  if (!retryUnfinished || missing.length === 0) return { outcomes: first, result: scoreOutcomes(first, 0) };
  const again = await run(
    'retry',
    missing.map((outcome) => evaluation.tasks[outcome.index]!),
  );
  const second = new Map(missing.map((outcome, position) => [outcome.index, again[position]!]));
  // The second try keeps the place of the first one, whose index it does not have.
  const outcomes = first.map((outcome) => {
    const retried = second.get(outcome.index);
    return retried === undefined ? outcome : { ...retried, index: outcome.index };
  });
  return { outcomes, result: scoreOutcomes(outcomes, missing.length) };
}

/**
 * The mean reward. A failed rollout counts 0 whatever reward it gave before, and so does one without a reward; both are counted apart. No score
 * when any outcome lacks a result: a mean over the others would favour prompts that hang.
 */
export function scoreOutcomes(
  outcomes: readonly Pick<TaskOutcome<unknown>, 'status' | 'reward'>[],
  retried: number,
): EvaluationScore {
  const counts = countOutcomes(outcomes, retried);
  const hasScore = counts.unfinished === 0;
  const rewards = outcomes.map(scoredReward);
  return { score: hasScore ? mean(rewards) : null, interval: hasScore ? interval(rewards) : null, ...counts };
}

/** Upstream's score: the mean over rollouts that ended, 0 where there is no reward, and 0 if none did. */
export function scoreAsUpstream(outcomes: readonly Pick<TaskOutcome<unknown>, 'status' | 'reward'>[]): EvaluationScore {
  const finished = outcomes.filter(({ status }) => status !== 'unfinished');
  const rewards = finished.map(({ reward }) => reward ?? 0);
  return { score: mean(rewards), interval: interval(rewards), ...countOutcomes(outcomes, 0) };
}

function countOutcomes(
  outcomes: readonly Pick<TaskOutcome<unknown>, 'status' | 'reward'>[],
  retried: number,
): Omit<EvaluationScore, 'score' | 'interval'> {
  const count = (holds: (outcome: Pick<TaskOutcome<unknown>, 'status' | 'reward'>) => boolean): number =>
    outcomes.filter(holds).length;
  return {
    tasks: outcomes.length,
    failed: count(({ status }) => status === 'failed' || status === 'timeout'),
    withoutReward: count(({ status, reward }) => status === 'succeeded' && reward === null),
    unfinished: count(lacksResult),
    retried,
  };
}

function interval(rewards: readonly number[]): EvaluationScore['interval'] {
  return rewards.length === 0 ? null : intervalOf(rewards);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
