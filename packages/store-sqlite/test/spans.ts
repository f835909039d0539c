import type { AttemptedRollout, SpanInput } from '@agentlightning/core';

let count = 0;

/** A span of an attempt with an id of its own, to be numbered by the store. */
export function spanOf(claimed: AttemptedRollout, fields: Partial<SpanInput> = {}): SpanInput {
  count += 1;
  return {
    rolloutId: claimed.rolloutId,
    attemptId: claimed.attempt.attemptId,
    sequenceId: null,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: count.toString(16).padStart(16, '0'),
    parentId: null,
    name: 'span',
    status: { statusCode: 'OK', description: null },
    attributes: {},
    events: [],
    links: [],
    startTime: 1,
    endTime: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
    ...fields,
  };
}
