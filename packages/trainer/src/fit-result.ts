import type { RolloutConfig, RunnersOutcome } from '@agentlightning/core';
import type {
  Budget,
  BudgetReached,
  Finding,
  HeldOutReport,
  RolloutCounts,
  Spend,
  StopReason,
  TimeSplit,
} from '@agentlightning/core/run';

export type { StopReason };

/** What a run came to. Identical wherever the algorithm ran. */
export interface FitResult<TResult> {
  /** The algorithm's result; for APO: best prompt, score, version, history. */
  readonly result: TResult;
  readonly runId: string;
  /** Where the run kept its store, its best prompt and its result; `null` when it kept nothing. */
  readonly runDirectory: string | null;
  /** Said beside every score, such as `simulated models`, see `TrainerOptions`; `null` when there is nothing to say. */
  readonly label: string | null;
  /** What every random choice was derived from. */
  readonly seed: number;
  readonly stopReason: StopReason;
  readonly counts: {
    readonly rollouts: RolloutCounts;
    /** Model calls of the algorithm, and of the agents as far as their spans tell. */
    readonly modelCalls: { readonly algorithm: number; readonly agent: number };
    /** Tokens of the agents' model calls, as far as their spans tell. */
    readonly tokens: { readonly prompt: number; readonly completion: number };
  };
  /**
   * Where the agents ran, and how often a thread or process of theirs was lost and replaced, with the causes; `null` where none were started, or the strategy
   * does not say.
   */
  readonly runners: RunnersOutcome | null;
  /** How long an attempt could take, and what was tried again. */
  readonly limits: RolloutConfig;
  /**
   * What was paid for, over all processes that worked on the run. Work that was done again after a kill counts again here, and not in `counts`, which is the
   * work that the result rests on.
   */
  readonly spend: Spend;
  /** The limits, and the one that stopped the run; `null` without a budget. */
  readonly budget: { readonly limits: Budget; readonly reached: BudgetReached | null } | null;
  readonly timings: {
    /** Seconds since the Unix epoch. */
    readonly startTime: number;
    readonly endTime: number;
    readonly wallSeconds: number;
    /** Where the time went, over all processes that worked on the run; `null` for a process that only had runners. */
    readonly split: TimeSplit | null;
  };
  /** Scores on the test set; `null` when none was given, or the run was stopped before. */
  readonly heldOut: HeldOutReport | null;
  /** What makes the scores say less than they seem to, one of each kind; empty when nothing does. */
  readonly findings: readonly Finding[];
  /** What makes the scores doubtful, in sentences, those of {@link findings} included; empty when nothing does. */
  readonly warnings: readonly string[];
}
