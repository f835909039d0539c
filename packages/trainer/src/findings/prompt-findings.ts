import { lacksResult, scoredReward } from '@agentlightning/core';
import { counted } from '@agentlightning/core/run';
import { FEWEST_ROLLOUTS, type Judgement, type Moment } from './judgement.ts';
import { occursIn, promptFragments, requestHash } from './model-requests.ts';
import type { ObservedOutcome } from './observed-outcome.ts';

/** How many candidates with the same rewards it takes during a run, and at its end. */
const ENOUGH_CANDIDATES = 4;
const ENOUGH_CANDIDATES_AT_END = 3;
const ENOUGH_TASKS = 8;

/** How much is remembered. */
const MOST_TASKS = 256;
const MOST_CANDIDATES = 8;

/** What several candidates have in common on one task. */
interface Shared<V> {
  readonly value: V;
  readonly candidates: Set<string>;
}

/** On which tasks candidates came to the same; forgotten as soon as they differ on one. */
class SharedByTask<V> {
  readonly #byTask = new Map<string, Shared<V>>();
  differs = false;

  add(task: string, candidate: string, value: V): void {
    if (this.differs) return;
    const known = this.#byTask.get(task);
    if (known === undefined) {
      if (this.#byTask.size < MOST_TASKS) this.#byTask.set(task, { value, candidates: new Set([candidate]) });
      return;
    }
    // The same candidate again may come to something else by chance.
    if (known.candidates.has(candidate)) return;
    if (known.value !== value) {
      this.differs = true;
      this.#byTask.clear();
    } else if (known.candidates.size < MOST_CANDIDATES) {
      known.candidates.add(candidate);
    }
  }

  /** How many tasks at least so many candidates have in common. */
  tasksOf(candidates: number): number {
    return [...this.#byTask.values()].filter((shared) => shared.candidates.size >= candidates).length;
  }

  /** How often a candidate came to the same as an earlier one. */
  get repetitions(): number {
    return [...this.#byTask.values()].reduce((sum, { candidates }) => sum + candidates.size - 1, 0);
  }
}

/** What is known of what prompts make a difference to. */
export class PromptFacts {
  readonly rewards = new SharedByTask<number>();
  readonly requests = new SharedByTask<string>();
  /** Rollouts whose requests could be searched for their prompt, and whether it was ever there. */
  searched = 0;
  occurs = false;
  /** Names of the resources that were searched for. */
  readonly names = new Set<string>();
  #fragments = new Map<string, readonly string[]>();

  /** Adds an outcome. */
  add({ outcome, candidate, task, spans }: ObservedOutcome): void {
    if (lacksResult(outcome)) return;
    if (task !== null) this.rewards.add(task, candidate.promptId, scoredReward(outcome));
    if (outcome.status !== 'succeeded' || spans === undefined) return;
    if (task !== null && !this.requests.differs) {
      const hash = requestHash(spans);
      if (hash !== undefined) this.requests.add(task, candidate.promptId, hash);
    }
    if (this.occurs || this.requests.differs) return;
    const occurs = occursIn(spans, this.#fragmentsOf(candidate));
    if (occurs === undefined) return;
    this.searched += 1;
    this.occurs = occurs;
    for (const name of Object.keys(candidate.prompts)) this.names.add(name);
  }

  #fragmentsOf({ promptId, prompts }: ObservedOutcome['candidate']): readonly string[] {
    const known = this.#fragments.get(promptId);
    if (known !== undefined) return known;
    const fragments = Object.values(prompts).flatMap(promptFragments);
    this.#fragments.set(promptId, fragments);
    return fragments;
  }
}

/** Whether candidates get the same rewards, task by task. */
export function judgeDifference({ rewards }: PromptFacts, moment: Moment, areAllEqual: boolean): Judgement {
  // Where all rewards are equal that is the finding.
  if (rewards.differs || areAllEqual) return 'refuted';
  const candidates = moment === 'end' ? ENOUGH_CANDIDATES_AT_END : ENOUGH_CANDIDATES;
  const tasks = rewards.tasksOf(candidates);
  if (tasks < ENOUGH_TASKS) return null;
  return {
    message: `${candidates} or more different prompts got the very same reward on each of ${counted(tasks, 'task')}: the prompts make no difference. Does the agent use the prompt that it is given? Does the reward depend on what the model answers? If both are so, the edits change too little: better feedback and a stronger critic help`,
    details: { candidates, tasks },
    weight: tasks,
  };
}

/** Whether agents make nothing of the prompt that they are given. */
export function judgeIgnored({ requests, searched, occurs, names }: PromptFacts): Judgement {
  if (requests.differs) return 'refuted';
  const { repetitions } = requests;
  const use = `Build the request from the prompt in its resources in each rollout${nameHint(names)}, not from a text of its own or one that was kept from an earlier rollout`;
  if (repetitions >= FEWEST_ROLLOUTS) {
    return {
      message: `The agent sends its model the same requests whatever the prompt, in all ${counted(repetitions, 'rollout')} of another prompt for a task: it ignores the prompt. ${use}`,
      details: { identicalRequests: repetitions },
      weight: repetitions,
    };
  }
  if (occurs) return 'refuted';
  if (searched < FEWEST_ROLLOUTS) return null;
  return {
    message: `The text of the prompt is in none of the requests that the agent sent its model in ${counted(searched, 'rollout')}: it seems to ignore the prompt. ${use}`,
    details: { rolloutsWithoutPrompt: searched },
    weight: searched,
  };
}

function nameHint(names: ReadonlySet<string>): string {
  const [only] = names;
  return names.size === 1 ? ` (resources.${only}.format(…))` : '';
}
