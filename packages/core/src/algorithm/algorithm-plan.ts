/** What a plan depends on. */
export interface PlanSize {
  /** Rows of the training set. */
  readonly trainTasks: number;
  /** Rows of the validation set. */
  readonly valTasks: number;
}

/** One piece of the work that an algorithm plans. Its rollouts may all be under way at once, and so may its model calls. */
export interface PlanPart {
  /** What it is for, e.g. `validation of the seed prompt`. */
  readonly name: string;
  /** Counts from 1; 0 for what comes before the first round. */
  readonly round: number;
  readonly rollouts: number;
  /** Model calls of the algorithm itself. */
  readonly modelCalls: number;
  /** What the number is the product of, in the order of the terms, e.g. `4 prompts × 4 branches × 4 tasks`. */
  readonly formula: string;
  /** The model of its calls; absent without calls. */
  readonly model?: string;
  /** How many tokens one of its calls is expected to take, rather too many than too few. Default: not known. */
  readonly tokensPerCall?: { readonly prompt: number; readonly completion: number };
  /** Model calls at a time. Default: all of them. */
  readonly callsAtOnce?: number;
}

/** How much work an algorithm expects to do, before it does any. */
export interface AlgorithmPlan {
  readonly rounds: number;
  /** In the order in which they begin. The first one with rollouts is the least without which nothing comes of a run. */
  readonly parts: readonly PlanPart[];
  /** What may come on top, at most, such as repairs: only if something goes wrong. */
  readonly extras: readonly PlanPart[];
}
