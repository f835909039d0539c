import { differenceOf } from '@agentlightning/core';
import {
  counted,
  grouped,
  type HeldOutReport,
  type PairedDifference,
  scoreText,
  type Verdict,
  verdictOn,
} from '@agentlightning/core/run';
import { type Judgement, SET_NAMES } from './judgement.ts';

/** What the best candidate and what the run began with came to on the same tasks. */
export interface SeenDifference {
  readonly set: 'val' | 'test';
  readonly tasks: number;
  readonly difference: PairedDifference;
  readonly verdict: Verdict;
}

/** Whether a difference that was seen takes more tasks to be told from chance. */
export function judgeSeenDifference(seen: SeenDifference | null): Judgement {
  if (seen === null) return null;
  const { set, tasks, difference, verdict } = seen;
  if (verdict !== 'not-distinguishable') return set === 'test' ? 'refuted' : null;
  const { mean, pValue, tasksNeeded } = difference;
  if (tasksNeeded === null || tasksNeeded <= tasks) return null;
  const by = set === 'val' ? ', by which it was chosen' : '';
  return {
    message: `On the ${counted(tasks, `${SET_NAMES[set]} task`)}${by}, the best candidate is ${scoreText(Math.abs(mean))} ${mean < 0 ? 'behind' : 'ahead of'} what the run began with, which chance does as well (p = ${pValue.toFixed(2)}): to tell a difference of that size takes about ${grouped(tasksNeeded)} tasks (80 % power at the 5 % level)`,
    details: { set, tasks, difference: mean, pValue, tasksNeeded },
    // More than any set is small.
    weight: Number.MAX_SAFE_INTEGER,
  };
}

/** What was seen on the test set. */
export function seenOnTest({ difference, verdict, best }: HeldOutReport): SeenDifference | null {
  if (difference === null || verdict === 'same' || verdict === 'incomplete') return null;
  return { set: 'test', tasks: best.n, difference, verdict };
}

interface Validation {
  readonly rewards: readonly (number | null)[];
  readonly rows: string;
}

/** Candidates that are remembered with their rewards; the latest of more. */
const MOST_CANDIDATES = 64;

/** Remembers how candidates did on the whole validation set, so that the best one can be compared with what the run began with. */
export class Validations {
  readonly #tasks: number;
  readonly #byCandidate = new Map<string, Validation>();

  /** @param tasks - how many the validation set has */
  constructor(tasks: number) {
    this.#tasks = tasks;
  }

  /** Takes what an evaluation gave: rewards by task, `null` for one without a result. */
  add(candidate: string, rewards: Validation['rewards'], rows: readonly (number | null)[]): void {
    if (rewards.length !== this.#tasks) return;
    this.#byCandidate.set(candidate, { rewards, rows: rows.join() });
    const [first, second] = this.#byCandidate.keys();
    // The first is what the run began with, for algorithms that begin with it.
    if (this.#byCandidate.size > MOST_CANDIDATES) this.#byCandidate.delete(second ?? first!);
  }

  /** @returns `null` unless both were on the same tasks in the same order, with a result for each */
  compare(initial: string, best: string): SeenDifference | null {
    const [before, after] = [this.#byCandidate.get(initial), this.#byCandidate.get(best)];
    if (initial === best || before === undefined || after === undefined || before.rows !== after.rows) return null;
    if ([...before.rewards, ...after.rewards].includes(null) || this.#tasks === 0) return null;
    const difference = differenceOf(after.rewards.map((reward, task) => reward! - before.rewards[task]!));
    return { set: 'val', tasks: this.#tasks, difference, verdict: verdictOn(difference) };
  }
}
