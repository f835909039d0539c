import type { Attempt } from '../../rollout/attempt.ts';
import type { Rollout } from '../../rollout/rollout.ts';
import type { SpanInput } from '../../span/span.ts';

/** A request with its defaults filled in. */
export interface ModelRequest extends Pick<Rollout, 'input' | 'mode' | 'config' | 'priority'> {
  readonly resourcesId: string | null;
  readonly metadata: Record<string, unknown>;
  /** Chosen by the caller, or made by the store under test. */
  readonly rolloutId: string;
  readonly isChosen: boolean;
}

/** A snapshot; its content is one text. */
export interface ModelResources {
  readonly resourcesId: string;
  readonly createTime: number;
  readonly updateTime: number;
  readonly version: number;
  readonly text: string;
}

/** An attempt and its spans, each with its number. */
export interface ModelAttempt {
  readonly record: Attempt;
  readonly spans: Map<string, SpanInput & { sequenceId: number }>;
}

/** A rollout and what belongs to it. */
export interface ModelRollout {
  readonly record: Rollout;
  readonly attempts: ModelAttempt[];
  /** What made it, if its id was chosen. */
  readonly request: string | undefined;
  /** Its place in the queue, while it is in it. */
  place: number;
}
