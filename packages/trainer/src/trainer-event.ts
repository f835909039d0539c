import type { AlgorithmEvent, NamedResources } from '@agentlightning/core';
import type { Budget } from './budget/budget.ts';
import type { BudgetReached } from './budget/budget-reached.ts';
import type { Spend } from './budget/spend-rows.ts';
import type { StopReason } from './fit-result.ts';
import type { StopRequest } from './interruption.ts';
import type { RolloutCounts } from './run-message.ts';

/** What happens in a run, for terminals, dashboards and logs. Each is told once, in order. */
export type TrainerEvent =
  /** The first one. */
  | {
      readonly type: 'run-started';
      readonly runId: string;
      /** Where the run keeps what outlives it; `null` when it keeps nothing. */
      readonly runDirectory: string | null;
      /** Whether it goes on where an earlier process left off. What was told then is not told again, but for the best so far. */
      readonly isResumed: boolean;
      /** Name of the algorithm; `null` when the run only serves a queue. */
      readonly algorithm: string | null;
      readonly nRunners: number;
      readonly seed: number;
      /** Rollouts that come on top of what the algorithm plans: the test set, once for the best candidate and once for the initial resources. */
      readonly heldOutRollouts: number;
    }
  /** The algorithm says something; `key` is its path in the run. */
  | { readonly type: 'algorithm-event'; readonly key: string; readonly event: AlgorithmEvent }
  | {
      readonly type: 'evaluation-started';
      readonly key: string;
      readonly rollouts: number;
      readonly mode: string;
    }
  | { readonly type: 'evaluation-ended'; readonly key: string; readonly reason: string }
  /** Where the rollouts stand; at most ten times a second. */
  | { readonly type: 'rollouts'; readonly counts: RolloutCounts }
  /** How many model calls the algorithm has made. */
  | { readonly type: 'model-calls'; readonly count: number }
  /** The best so far has changed. */
  | {
      readonly type: 'best';
      readonly score: number;
      readonly version: string;
      readonly candidate: NamedResources;
    }
  /**
   * Somebody has asked the run to stop, or to be quicker about it. `drain`: nothing new begins, and what is in flight may finish. `abort`: agents and model
   * calls in flight are aborted. `terminate`: the threads of agents that do not obey are ended. `kill`: the process ends. Without being asked the later steps follow by the
   * deadlines of the strategy.
   */
  | ({ readonly type: 'stopping' } & StopRequest)
  /** What is spent, over all processes that worked on the run, and of what budget; at most ten times a second. */
  | { readonly type: 'spend'; readonly spend: Spend; readonly budget: Budget | null }
  /** The budget leaves no room for what was to come next: the run comes to its end. */
  | { readonly type: 'budget-reached'; readonly reached: BudgetReached }
  /** Something the user should look at. */
  | { readonly type: 'warning'; readonly message: string }
  /** The last one, unless the run fails. */
  | { readonly type: 'run-ended'; readonly stopReason: StopReason };
