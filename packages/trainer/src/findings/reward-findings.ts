import { lacksResult } from '@agentlightning/core';
import { counted } from '@agentlightning/core/run';
import { FEWEST_ROLLOUTS, type Judgement, type Moment } from './judgement.ts';
import type { ObservedOutcome } from './observed-outcome.ts';

/** Within an evaluation, so many rollouts of one reward are waited for: a hard task more or less is no finding. */
const ENOUGH_WITHIN_EVALUATION = 32;

/** What share of the rollouts without a reward is worth a word. */
const LARGE_SHARE = 1 / 5;

/** What is known of the rewards of a run. */
export class RewardFacts {
  /** Rollouts that have a result. */
  ended = 0;
  /** Those that succeeded with a reward, and without. */
  rewarded = 0;
  withoutReward = 0;
  /** The first reward, and whether there was another one. */
  first: number | null = null;
  differs = false;

  /** Adds an outcome. */
  add({ outcome }: Pick<ObservedOutcome, 'outcome'>): void {
    if (lacksResult(outcome)) return;
    this.ended += 1;
    if (outcome.status !== 'succeeded') return;
    if (outcome.reward === null) {
      this.withoutReward += 1;
      return;
    }
    this.rewarded += 1;
    this.first ??= outcome.reward;
    this.differs ||= outcome.reward !== this.first;
  }
}

/** Whether all rewards are equal. */
export function judgeRewardsEqual({ rewarded, first, differs }: RewardFacts, moment: Moment): Judgement {
  if (differs) return 'refuted';
  if (first === null || rewarded < (moment === 'rollout' ? ENOUGH_WITHIN_EVALUATION : FEWEST_ROLLOUTS)) return null;
  return {
    message: `All ${counted(rewarded, 'rollout')} with a reward got the same, ${first}: no prompt can be told from another by it. Look at what gives the reward: does it compare the right things, is the output parsed as the agent writes it, can it come to anything else? If ${hint(first)}, take tasks that some prompts solve and others do not, or give partial credit`,
    details: { rollouts: rewarded, reward: first },
    weight: rewarded,
  };
}

function hint(reward: number): string {
  if (reward === 0) return 'the tasks are just too hard';
  return reward === 1 ? 'the tasks are just too easy' : 'that is how it should be';
}

/** Whether rollouts succeed without a reward. */
export function judgeRewardMissing({ ended, withoutReward }: RewardFacts, moment: Moment): Judgement {
  if (withoutReward === 0) return null;
  if (moment !== 'end' && ended < FEWEST_ROLLOUTS) return null;
  if (withoutReward < LARGE_SHARE * ended) return 'refuted';
  return {
    message: `${withoutReward} of ${counted(ended, 'rollout')} gave no reward and count 0: return a number from the agent, or call emitReward()`,
    details: { rollouts: ended, withoutReward },
    weight: withoutReward,
  };
}
