/**
 * At most what a run may spend, over all processes that work on it. A limit that is left out is none. What a run is stopped by is told in `FitResult.budget`.
 *
 * Rollouts and the optimiser's model calls are counted before they are made, so their limits are never exceeded. What agents spend is known when their
 * rollouts end: those under way at that moment may go over a limit of `usd`, `tokens` or `modelCalls`.
 */
export interface Budget {
  /** Dollars, or whatever `prices` are in. Above 0. Needs a price for every model. */
  readonly usd?: number;
  /** Tokens of prompts and replies, of optimiser and agents. A positive integer. */
  readonly tokens?: number;
  /** Rollouts, those of the test set included. One that is tried again counts once. A positive integer. */
  readonly rollouts?: number;
  /** Requests to models, of optimiser and agents. A positive integer. */
  readonly modelCalls?: number;
  /** Minutes in which a process works on the run. Above 0. */
  readonly minutes?: number;
}

/** The name of a limit. */
export type BudgetLimit = keyof Budget;

/** Where a run met its budget. Plain JSON. */
export interface BudgetReached {
  readonly limit: BudgetLimit;
  /** The limit's value. */
  readonly cap: number;
  /** What was spent of it. */
  readonly spent: number;
  /** What would have been needed next; `null` where that cannot be known, or the limit itself is used up. */
  readonly wanted: number | null;
  /** All of it in a sentence. */
  readonly message: string;
}

/** What a run has spent, over all processes that worked on it: work that was done again after a kill counts again. Plain JSON. */
export interface Spend {
  /** Rollouts that were asked for. */
  readonly rollouts: number;
  /** Requests to models, by who made them. */
  readonly modelCalls: { readonly algorithm: number; readonly agent: number };
  /** Tokens of both. */
  readonly tokens: { readonly prompt: number; readonly completion: number };
  /** By the prices given; `null` without any. Leaves out `unpricedModels`. */
  readonly usd: number | null;
  /** Minutes in which a process worked on the run. */
  readonly minutes: number;
  /** Models that were called and have no price, if there are prices. */
  readonly unpricedModels: readonly string[];
  /** Calls of agents that were answered without saying how many tokens they took: they count none. */
  readonly callsWithoutTokens: number;
}
