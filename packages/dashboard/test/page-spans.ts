import type { PageSpan } from '../src/page/store/records.ts';

/** A span as the page has it, with what a test says of it. */
export function pageSpan(given: Partial<PageSpan> = {}): PageSpan {
  return {
    attemptId: 'at-1',
    sequenceId: 1,
    spanId: 'span-1',
    parentId: null,
    name: 'work',
    attributes: {},
    startTime: 0,
    endTime: 1,
    status: { statusCode: 'OK', description: null },
    events: [],
    ...given,
  };
}
