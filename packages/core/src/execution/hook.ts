import type { AttemptedRollout } from '../rollout/rollout.ts';
import type { Span } from '../span/span.ts';
import type { Agent } from './agent.ts';

/**
 * Is told about each attempt by the runner that executes it. A hook that throws or rejects is logged and changes nothing.
 * Each call is awaited for at most five seconds. Mirrors upstream `Hook` (v0.3.0).
 */
export interface Hook {
  /** The attempt was claimed; nothing has run. */
  onRolloutStart?(event: { readonly rollout: AttemptedRollout; readonly agent: Agent }): Promise<void> | void;
  /** The trace is open; the agent starts next. */
  onTraceStart?(event: { readonly rollout: AttemptedRollout; readonly agent: Agent }): Promise<void> | void;
  /** The agent has ended; the trace is about to close, its spans are not yet flushed. */
  onTraceEnd?(event: { readonly rollout: AttemptedRollout; readonly agent: Agent }): Promise<void> | void;
  /** Everything is recorded and reported. `spans` is what the attempt produced. */
  onRolloutEnd?(event: {
    readonly rollout: AttemptedRollout;
    readonly agent: Agent;
    readonly status: 'succeeded' | 'failed';
    readonly spans: readonly Span[];
  }): Promise<void> | void;
}
