import type { Span } from './span.ts';

/**
 * Turns the spans of one attempt into what an algorithm reads. Pure: same spans, same result.
 * Mirrors upstream `TraceAdapter` (v0.3.0).
 */
export interface TraceAdapter<TOut> {
  /** @param spans - the spans of one attempt, ordered by `sequenceId` */
  adapt(spans: readonly Span[]): TOut;
}
