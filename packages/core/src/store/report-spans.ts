import { LightningError } from '../errors/lightning-error.ts';
import type { Attempt } from '../rollout/attempt.ts';
import type { SpanInput } from '../span/span.ts';
import { copyJson } from './json-copy.ts';

/**
 * Checks and copies the spans that come along with a report. Those that were handed over are not copied.
 * @throws LightningError `INVALID_ARGUMENT` naming the first that is not JSON, or not of this attempt
 */
export function copySpansOf(
  { rolloutId, attemptId }: Attempt,
  spans: readonly SpanInput[],
  handedOver = false,
): readonly SpanInput[] {
  const own = copySpans(spans, handedOver);
  for (const [index, span] of own.entries()) {
    if (span.rolloutId === rolloutId && span.attemptId === attemptId) continue;
    const path = `spans[${index}]`;
    throw new LightningError(
      'INVALID_ARGUMENT',
      `Cannot report attempt ${attemptId} of rollout ${rolloutId} as '${path}' is a span of attempt ${span.attemptId} of rollout ${span.rolloutId}`,
      { details: { path } },
    );
  }
  return own;
}

/**
 * Checks and copies spans. Those that were handed over are not copied.
 * @throws LightningError `INVALID_ARGUMENT` naming the first that is not JSON
 */
export function copySpans(spans: readonly SpanInput[], handedOver: boolean): readonly SpanInput[] {
  return handedOver ? spans : spans.map((span, index) => copyJson(span, `spans[${index}]`) as SpanInput);
}
