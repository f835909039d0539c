import type { SpanInput } from '@agentlightning/core';

/** A span with everything that must be there. */
export function span(key: { rolloutId: string; attemptId: string }, changes: Partial<SpanInput> = {}): SpanInput {
  return {
    ...key,
    sequenceId: null,
    traceId: '0'.repeat(32),
    spanId: '0123456789abcdef',
    parentId: null,
    name: 'step',
    status: { statusCode: 'OK', description: null },
    attributes: { 'my.Key_name': [1, 2] },
    events: [],
    links: [],
    startTime: 1,
    endTime: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
    ...changes,
  };
}

/** The same on the wire. */
export function wireSpan(key: { rollout_id: string; attempt_id: string }, changes: object = {}): object {
  return {
    ...key,
    sequence_id: 1,
    trace_id: '0'.repeat(32),
    span_id: '0123456789abcdef',
    parent_id: null,
    name: 'step',
    status: { status_code: 'OK', description: null },
    attributes: {},
    events: [],
    links: [],
    start_time: 1,
    end_time: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schema_url: '' },
    ...changes,
  };
}
