import {
  type Attempt,
  type AttemptedRollout,
  endpointReasonOf,
  findFeedback,
  findFinalReward,
  findFinalRewards,
  type Rollout,
  SPAN_ATTRIBUTES,
  SPAN_NAMES,
  type Span,
  sumUsage,
  type TaskOutcome,
  type TaskStatus,
} from '@agentlightning/core';

/** A {@link TaskOutcome} as it is recorded: without the task, which the request has, and the trace, which the store has. */
export type RecordedOutcome = Omit<TaskOutcome<unknown>, 'task' | 'trace'>;

/** The outcome of a rollout that has ended, read from the spans of the attempt that counts. */
export function outcomeOf(
  position: { readonly index: number; readonly candidateIndex: number },
  rollout: Rollout | AttemptedRollout,
  spans: readonly Span[],
): RecordedOutcome {
  const attempt: Attempt | undefined = 'attempt' in rollout ? rollout.attempt : undefined;
  return {
    ...position,
    rolloutId: rollout.rolloutId,
    attemptId: attempt?.attemptId ?? null,
    status: statusOf(rollout, attempt),
    reward: findFinalReward(spans) ?? null,
    objectives: findFinalRewards(spans),
    feedback: findFeedback(spans) ?? null,
    error: rollout.status === 'failed' ? errorOf(attempt, spans) : null,
    usage: sumUsage(spans),
    latencySeconds: attempt?.endTime == null ? null : Math.max(0, attempt.endTime - attempt.startTime),
  };
}

/** The outcome of a rollout that had not ended when the evaluation did. */
export function unfinishedOutcome(
  position: { readonly index: number; readonly candidateIndex: number },
  rolloutId: string,
): RecordedOutcome {
  return {
    ...position,
    rolloutId,
    attemptId: null,
    status: 'unfinished',
    reward: null,
    objectives: {},
    feedback: null,
    error: null,
    usage: { modelCalls: 0, promptTokens: 0, completionTokens: 0 },
    latencySeconds: null,
  };
}

function statusOf(rollout: Rollout, attempt: Attempt | undefined): TaskStatus {
  if (rollout.status === 'succeeded') return 'succeeded';
  if (rollout.status === 'cancelled') return 'cancelled';
  if (attempt?.status === 'timeout') return 'timeout';
  // Whatever the agent threw: that its model could not be used is not its answer.
  if (attempt !== undefined && endpointReasonOf(attempt) !== undefined) return 'lost';
  // An agent that ended its runner has failed: whoever saw that says so. Here nobody knows what it would have come to.
  return attempt?.status === 'unresponsive' ? 'lost' : 'failed';
}

function errorOf(attempt: Attempt | undefined, spans: readonly Span[]): string {
  const exception = spans.findLast((span) => span.name === SPAN_NAMES.exception);
  const type = exception?.attributes[SPAN_ATTRIBUTES.exceptionType];
  const message = exception?.attributes[SPAN_ATTRIBUTES.exceptionMessage];
  if (typeof type === 'string') return typeof message === 'string' ? `${type}: ${message}` : type;
  const reason = attempt?.metadata?.['reason'];
  const cause = attempt?.metadata?.['cause'];
  if (typeof reason === 'string') return typeof cause === 'string' ? `${reason}: ${cause}` : reason;
  return attempt === undefined ? 'no attempt was started' : `the last attempt ended as ${attempt.status}`;
}
