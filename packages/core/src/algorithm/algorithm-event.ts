import type { Json } from './json.ts';

/**
 * What an algorithm tells the world while it works. The first kinds are understood by the terminal and the dashboard;
 * `custom` carries anything else.
 */
export type AlgorithmEvent =
  /** How much work is planned, so that a listener can estimate the time left. Sent again when the plan changes. */
  | { readonly type: 'plan'; readonly rounds: number; readonly rollouts: number; readonly modelCalls: number }
  /** A round begins. `round` counts from 1. */
  | { readonly type: 'round-started'; readonly round: number; readonly rounds: number }
  /** A round ended. `bestScore` is the best so far, `null` before the first score. */
  | { readonly type: 'round-ended'; readonly round: number; readonly rounds: number; readonly bestScore: number | null }
  /** A new candidate exists. */
  | {
      readonly type: 'candidate-proposed';
      readonly version: string;
      readonly parent: string | null;
      readonly round: number;
    }
  /** A proposed candidate was dropped before it cost a rollout. */
  | { readonly type: 'candidate-dropped'; readonly parent: string; readonly round: number; readonly reason: string }
  /**
   * A candidate was scored. `score` is `null` when the evaluation is incomplete: `unfinished` of its `tasks` have no result. `dataset` says on what: a sample or
   * all of the validation set.
   */
  | {
      readonly type: 'candidate-scored';
      readonly version: string;
      readonly round: number;
      readonly dataset: 'val-sample' | 'val';
      readonly score: number | null;
      readonly failed: number;
      readonly unfinished: number;
      readonly tasks: number;
    }
  /** Anything else. */
  | { readonly type: 'custom'; readonly name: string; readonly data: Json };
