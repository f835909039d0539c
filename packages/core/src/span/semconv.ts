/**
 * Names that upstream, its Python peers and this framework share. Values are upstream's (`semconv.py`, v0.3.0); changing
 * one breaks the reading of every recorded trace.
 */

/** Span names. */
export const SPAN_NAMES = {
  annotation: 'agentlightning.annotation',
  message: 'agentlightning.message',
  object: 'agentlightning.object',
  exception: 'agentlightning.exception',
  operation: 'agentlightning.operation',
  /** Not a span name any more; as an operation name it marks a reward computation. */
  reward: 'agentlightning.reward',
  /** Synthetic or missing parents. */
  virtual: 'agentlightning.virtual',
} as const;

/** Resource attributes, which a span attribute of the same name overrides. */
export const RESOURCE_ATTRIBUTES = {
  rolloutId: 'agentlightning.rollout_id',
  attemptId: 'agentlightning.attempt_id',
  spanSequenceId: 'agentlightning.span_sequence_id',
  tracerName: 'agentlightning.tracer.name',
} as const;

/** Keys and prefixes of span attributes. */
export const SPAN_ATTRIBUTES = {
  /** Prefix; `.<i>.name` and `.<i>.value`, index 0 is the primary reward. */
  reward: 'agentlightning.reward',
  /** Prefix; `.<i>.key_match` and `.<i>.value_match`. */
  link: 'agentlightning.link',
  /** Prefix; `.<i>`. */
  tag: 'agentlightning.tag',
  messageBody: 'agentlightning.message.body',
  objectType: 'agentlightning.object.type',
  objectLiteral: 'agentlightning.object.literal',
  objectJson: 'agentlightning.object.json',
  operationName: 'agentlightning.operation.name',
  /** Prefix. */
  operationInput: 'agentlightning.operation.input',
  /** Prefix. */
  operationOutput: 'agentlightning.operation.output',
  /** An addition of ours: what the agent or its grader says about the result, in words, beside the reward. */
  feedback: 'agentlightning.feedback',
  exceptionType: 'exception.type',
  exceptionMessage: 'exception.message',
  exceptionStacktrace: 'exception.stacktrace',
  exceptionEscaped: 'exception.escaped',
} as const;

/** The name of a reward that was given as one number. */
export const PRIMARY_REWARD_NAME = 'primary';
