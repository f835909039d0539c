import type { NamedResources } from '../resource/resource.ts';
import type { AttemptedRollout } from '../rollout/rollout.ts';
import type { SpanDraft } from '../span/span.ts';

/** The rollout an agent is executing, with the attempt, and the signal it should obey. */
export interface RolloutContext extends AttemptedRollout {
  /** Aborted on timeout, cancellation and shutdown. `signal.reason` says which. Pass it to whatever waits. */
  readonly signal: AbortSignal;
}

/** A result with more to say than a number. */
export interface RolloutReport {
  /** A finite number, `true` (1), `false` (0), or several named numbers of which `primary` (or else the first) counts. */
  readonly reward?: number | boolean | Readonly<Record<string, number>>;
  /** What was good or bad, in words: optimisers read it. */
  readonly feedback?: string;
  /** Further numbers worth keeping; they are not rewards. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/**
 * What an agent may return: nothing (rewards were emitted, or there is none), the reward, a report, or spans of its own. A reward that is
 * not finite fails the rollout.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: an agent without a return statement is the common case
export type RolloutResult = void | undefined | null | number | boolean | RolloutReport | readonly SpanDraft[];

/**
 * What runners execute: `LitAgent` of `@agentlightning/runner` and its function forms implement it.
 * Mirrors upstream `LitAgent` (v0.3.0), one async method instead of a sync and an async one.
 */
export interface Agent<TTask = unknown> {
  /** Works on one task. Throwing fails the attempt. */
  rollout(task: TTask, resources: NamedResources, rollout: RolloutContext): Promise<RolloutResult> | RolloutResult;
  /** Used instead of {@link rollout} when the mode is `train`. */
  trainingRollout?(
    task: TTask,
    resources: NamedResources,
    rollout: RolloutContext,
  ): Promise<RolloutResult> | RolloutResult;
  /** Used instead of {@link rollout} in every other mode. */
  validationRollout?(
    task: TTask,
    resources: NamedResources,
    rollout: RolloutContext,
  ): Promise<RolloutResult> | RolloutResult;
}
