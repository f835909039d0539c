import {
  annotationDraft,
  type DraftOptions,
  exceptionDraft,
  LightningError,
  messageDraft,
  objectDraft,
  type RewardDraftOptions,
  type RewardValue,
  refuseUnknownOptions,
  rewardDraft,
  type SpanDraft,
} from '@agentlightning/core';
import { recordSpan } from './attempt-context.ts';

/** Whether what is emitted becomes part of the running attempt. */
export interface EmitOptions extends DraftOptions {
  /** `false`: only the span is made and answered. Default `true`, which needs a running attempt. */
  readonly propagate?: boolean;
}

/** As {@link EmitOptions}, for rewards. */
export interface EmitRewardOptions extends RewardDraftOptions, EmitOptions {}

/**
 * Records a reward of the running attempt. The last reward of an attempt counts; one that the agent returns comes after all it emitted.
 *
 * @param reward - a finite number, a boolean (1 or 0), or several by name, of which `primaryKey`, or else `primary`, or else the first counts
 * @returns the span; it is stored within a fraction of a second, and before the attempt is reported
 * @throws RangeError for a number that is not finite, TypeError for what is no number or an unknown option; LightningError `INVALID_ARGUMENT` outside of an attempt. Mirrors
 * upstream `emit_reward` (v0.3.0)
 */
export function emitReward(reward: RewardValue, options: EmitRewardOptions = {}): SpanDraft {
  return emit('emitReward', rewardDraft(reward, options), options, REWARD_OPTION_NAMES);
}

/** Records a message. Errors as {@link emitReward}, TypeError for what is no text. Mirrors upstream `emit_message` (v0.3.0). */
export function emitMessage(text: string, options: EmitOptions = {}): SpanDraft {
  return emit('emitMessage', messageDraft(text, options), options);
}

/** Records a value: anything JSON, or bytes. TypeError for everything else. Mirrors upstream `emit_object` (v0.3.0). */
export function emitObject(value: unknown, options: EmitOptions = {}): SpanDraft {
  return emit('emitObject', objectDraft(value, options), options);
}

/** Records an error that the agent dealt with; it does not fail the attempt. Mirrors upstream `emit_exception` (v0.3.0). */
export function emitException(error: Error, options: EmitOptions = {}): SpanDraft {
  return emit('emitException', exceptionDraft(error, options), options);
}

/** Records any data, nested as it likes. TypeError for a leaf that no span can hold. Mirrors upstream `emit_annotation` (v0.3.0). */
export function emitAnnotation(annotation: Readonly<Record<string, unknown>>, options: EmitOptions = {}): SpanDraft {
  return emit('emitAnnotation', annotationDraft(annotation, options), options);
}

const OPTION_NAMES: readonly (keyof EmitOptions)[] = ['attributes', 'propagate'];
const REWARD_OPTION_NAMES: readonly (keyof EmitRewardOptions)[] = [...OPTION_NAMES, 'primaryKey', 'feedback'];

function emit(
  action: string,
  draft: SpanDraft,
  options: EmitOptions,
  names: readonly string[] = OPTION_NAMES,
): SpanDraft {
  refuseUnknownOptions(`Cannot emit with ${action}()`, options, names);
  const { propagate = true } = options;
  if (propagate && !recordSpan(draft)) throw outsideOfAttempt(action);
  return draft;
}

/** What an emitter throws when there is nobody to record for. */
export function outsideOfAttempt(action: string): LightningError {
  return new LightningError(
    'INVALID_ARGUMENT',
    `${action}() was called outside of a rollout, so there is no attempt to record for. Call it from code that the agent's rollout() awaits or starts, or pass { propagate: false } to only make the span`,
  );
}
