import type { AlgorithmEvent } from '../algorithm/algorithm-event.ts';
import type { Json } from '../algorithm/json.ts';
import type { HeldOutReport, Score } from './score.ts';
import type { Budget, BudgetReached, Spend } from './spend.ts';
import type { StopReason, StopRequest } from './stop.ts';
import type { TimeSplit } from './time-split.ts';

/** How many rollouts stand where. All but `queued` and `running` only grow. */
export interface RolloutCounts {
  readonly queued: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** How often an attempt was given up and its rollout tried again; 0 where the store does not tell. */
  readonly retried: number;
}

/** How one candidate did in one evaluation. */
export interface CandidateResult {
  /** The snapshot that its rollouts ran with: what names the candidate in the store. */
  readonly resourcesId: string;
  readonly score: Score;
  /** By task, in the order of the evaluation's `rows`: 0 for a task that failed or gave no reward, `null` for one without a result. */
  readonly rewards: readonly (number | null)[];
  /** Positions of the tasks that failed or timed out. */
  readonly failed: readonly number[];
  /** By task. */
  readonly rolloutIds: readonly string[];
}

/** Something about agent, data or rewards that makes the scores say less than they seem to, see `docs/guides/read-the-result.md`. */
export interface Finding {
  /** What kind it is. One finding of a kind takes the place of an earlier one, which said less. */
  readonly code: FindingCode;
  /** In words, with what to do about it. */
  readonly message: string;
  /** The numbers behind it. */
  readonly details: Readonly<Record<string, Json>>;
}

/** The kinds of {@link Finding}. */
export type FindingCode =
  /** Every rollout of every candidate got the same reward. */
  | 'rewards-all-equal'
  /** All candidates scored alike: the prompts make no difference. */
  | 'prompts-make-no-difference'
  /** Rollouts left no spans of model calls. */
  | 'no-spans'
  /** Rollouts succeeded without a reward. */
  | 'reward-missing'
  /** Different prompts, same outputs. */
  | 'prompt-ignored'
  /** Tasks of the training set are in the validation or test set as well. */
  | 'datasets-overlap'
  /** Differences of the size seen cannot be told from chance with so few tasks. */
  | 'too-few-tasks';

/**
 * What happens in a run, as it is kept in `journal.jsonl` and sent to pages. Plain JSON. Counters (`rollouts`, `model-calls`, `spend`, `time`) tell where something
 * stands: a later one takes the place of an earlier one, and not each is kept. Everything else is told once, in order; an evaluation that is
 * taken up again after a kill begins again under the same key.
 */
export type RunEvent =
  /** The first one of each process that works on the run. */
  | {
      readonly type: 'run-started';
      readonly runId: string;
      /** Where the run keeps what outlives it; `null` when it keeps nothing. */
      readonly runDirectory: string | null;
      /** Whether it goes on where an earlier process left off. */
      readonly isResumed: boolean;
      /** Name of the algorithm; `null` when the run only serves a queue. */
      readonly algorithm: string | null;
      readonly nRunners: number;
      readonly seed: number;
      /** Rollouts that come on top of what the algorithm plans: the test set, once for the best candidate and once for the initial resources. */
      readonly heldOutRollouts: number;
      /** Said beside every score, such as `simulated models`; `null` when there is nothing to say. */
      readonly label: string | null;
    }
  /** The algorithm says something; `key` is its path in the run. */
  | {
      readonly type: 'algorithm-event';
      readonly key: string;
      readonly event: AlgorithmEvent;
      /** For a candidate that was proposed: the snapshot that its rollouts run with. */
      readonly resourcesId?: string;
    }
  | {
      readonly type: 'evaluation-started';
      readonly key: string;
      /** Tasks times candidates. */
      readonly rollouts: number;
      /** `train`, `val` or `test`. */
      readonly mode: string;
      /** The snapshots of the candidates, in order. */
      readonly resourcesIds: readonly string[];
      /** Which rows of the dataset of that mode the tasks are; `null` for one that is none of them. */
      readonly rows: readonly (number | null)[];
    }
  | {
      readonly type: 'evaluation-ended';
      readonly key: string;
      /** `complete`; `deadline` or `stopped` when some tasks have no result because of it. */
      readonly reason: string;
      readonly mode: string;
      readonly rows: readonly (number | null)[];
      /** One per candidate, in order. */
      readonly results: readonly CandidateResult[];
    }
  /** A rollout has ended without success, and is not tried again. */
  | {
      readonly type: 'rollout-failed';
      readonly rolloutId: string;
      readonly status: 'failed' | 'timeout' | 'lost';
      /** The first line, at most 300 characters. */
      readonly error: string;
    }
  /** Counter: where the rollouts stand. */
  | { readonly type: 'rollouts'; readonly counts: RolloutCounts }
  /** Counter: how many model calls the algorithm has made. */
  | { readonly type: 'model-calls'; readonly count: number }
  /** Counter: what is spent, over all processes that worked on the run, and of what budget. */
  | { readonly type: 'spend'; readonly spend: Spend; readonly budget: Budget | null }
  /** Counter: where the time went so far. */
  | { readonly type: 'time'; readonly split: TimeSplit }
  /** The best so far has changed. A run that goes on tells it again at its start. */
  | {
      readonly type: 'best';
      readonly score: number;
      /** 95 % interval of the score, and on how many tasks it was reached; `null` when no evaluation of the run gave this score. */
      readonly interval: readonly [low: number, high: number] | null;
      readonly tasks: number | null;
      readonly version: string;
      /** Its resources by name, as on the wire. */
      readonly candidate: Readonly<Record<string, unknown>>;
    }
  /** The test set has been read. */
  | { readonly type: 'held-out'; readonly report: HeldOutReport }
  /**
   * Somebody has asked the run to stop, or to be quicker about it. `drain`: nothing new begins, and what is in flight may finish. `abort`: agents and model
   * calls in flight are aborted. `terminate`: the threads of agents that do not obey are ended. `kill`: the process ends. Without being asked the later steps follow by the
   * deadlines of the strategy.
   */
  | ({ readonly type: 'stopping' } & StopRequest)
  /** The budget leaves no room for what was to come next: the run comes to its end. */
  | { readonly type: 'budget-reached'; readonly reached: BudgetReached }
  /** Something the user should look at. */
  | { readonly type: 'warning'; readonly message: string }
  /** Something that makes the scores doubtful, as soon as it shows. A run that goes on tells it again at its start. */
  | { readonly type: 'finding'; readonly finding: Finding }
  /** What was found does not hold any more: what came later speaks against it. */
  | { readonly type: 'finding-withdrawn'; readonly code: FindingCode }
  /** The last one of a process, unless it fails. */
  | { readonly type: 'run-ended'; readonly stopReason: StopReason }
  /** The last one of a process that could not go on. */
  | { readonly type: 'run-failed'; readonly error: string };

/** A line of `journal.jsonl`: an event with its time, in seconds since the Unix epoch. */
export type JournalEntry = { readonly time: number } & RunEvent;

/** The events of which only the latest counts. */
export const COUNTER_EVENTS = [
  'rollouts',
  'model-calls',
  'spend',
  'time',
] as const satisfies readonly RunEvent['type'][];

/** Whether a later event of the same type takes the place of this one. */
export function isCounterEvent({ type }: Pick<RunEvent, 'type'>): boolean {
  return COUNTER_EVENTS.some((counter) => counter === type);
}
