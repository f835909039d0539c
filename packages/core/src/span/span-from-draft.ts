import { newSpanId } from '../rollout/ids.ts';
import { sanitizeAttributes } from './attributes.ts';
import type { SpanDraft, SpanInput } from './span.ts';

/** Where a draft belongs, and when. */
export interface SpanFromDraftOptions {
  readonly rolloutId: string;
  readonly attemptId: string;
  /** The trace of the attempt: 32 hex digits. */
  readonly traceId: string;
  /** Seconds since the Unix epoch, for a draft that does not say when. */
  readonly now: number;
}

/**
 * Completes a draft to a span that any store accepts: its attributes are sanitised, what it leaves out is filled in, and the store gives it its
 * number. A draft without a parent becomes a root.
 */
export function spanFromDraft(draft: SpanDraft, options: SpanFromDraftOptions): SpanInput {
  const { rolloutId, attemptId, traceId, now } = options;
  const startTime = draft.startTime ?? draft.endTime ?? now;
  return {
    rolloutId,
    attemptId,
    sequenceId: null,
    traceId: draft.traceId ?? traceId,
    spanId: draft.spanId ?? newSpanId(),
    parentId: draft.parentId ?? null,
    name: draft.name,
    status: { statusCode: draft.status?.statusCode ?? 'OK', description: draft.status?.description ?? null },
    attributes: sanitizeAttributes(draft.attributes),
    events: [...(draft.events ?? [])],
    links: [...(draft.links ?? [])],
    startTime,
    // A clock that was set back between the two must not give work of negative length.
    endTime: draft.endTime ?? Math.max(now, startTime),
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
  };
}
