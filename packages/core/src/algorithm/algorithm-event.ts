import type { Json } from './json.ts';

/**
 * What an algorithm tells the world while it works. The first kinds are understood by the terminal, the page and the report;
 * `custom` carries anything else.
 */
export type AlgorithmEvent =
  /** How much work is planned, so that a listener can estimate the time left. Sent again when the plan changes. */
  | { readonly type: 'plan'; readonly rounds: number; readonly rollouts: number; readonly modelCalls: number }
  /** A round begins. `round` counts from 1. */
  | { readonly type: 'round-started'; readonly round: number; readonly rounds: number }
  /** A round ended. `bestScore` is the best so far, `null` before the first score. */
  | { readonly type: 'round-ended'; readonly round: number; readonly rounds: number; readonly bestScore: number | null }
  /**
   * A part of the work that goes on beside others is at something else now; `doing` is `null` when the part is done. Shown as it stands: `p0-b1` of round 2, a child
   * of `v3`, is `asking the critic`.
   */
  | {
      readonly type: 'progress';
      /** Unique in its round. */
      readonly part: string;
      readonly round: number;
      /** The version that it works on, if it is about one. */
      readonly parent: string | null;
      readonly doing: string | null;
    }
  /** A new candidate exists; the first one, without a parent, is what the search begins with. */
  | {
      readonly type: 'candidate-proposed';
      readonly version: string;
      readonly parent: string | null;
      /** The round it was made in; 0 for what the search begins with. */
      readonly round: number;
      /** The resources that it varies, by name, as `namedResourcesToWire()` writes them. */
      readonly candidate: Readonly<Record<string, Json>>;
      /** What was found wanting in its parent, or `null`. */
      readonly critique: string | null;
      /** How it was made of it, e.g. the name of the text that the editor was asked with; or `null`. */
      readonly edit: string | null;
    }
  /** A proposed candidate was dropped before it cost a rollout. */
  | {
      readonly type: 'candidate-dropped';
      readonly parent: string;
      readonly round: number;
      /** In words. */
      readonly reason: string;
      /** As of a candidate that was proposed, as far as it came. */
      readonly critique: string | null;
    }
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
      /** 95 % interval of the score, see `intervalOf()`; `null` like the score. */
      readonly interval: readonly [low: number, high: number] | null;
      readonly failed: number;
      readonly unfinished: number;
      readonly tasks: number;
    }
  /** The candidates that the search goes on with after a round, best first. */
  | { readonly type: 'beam-chosen'; readonly round: number; readonly versions: readonly string[] }
  /** Anything else. */
  | { readonly type: 'custom'; readonly name: string; readonly data: Json };
