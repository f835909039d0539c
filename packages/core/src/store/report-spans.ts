import { LightningError } from '../errors/lightning-error.ts';
import type { Attempt } from '../rollout/attempt.ts';
import type { SpanInput } from '../span/span.ts';
import { copyJson } from './json-copy.ts';

/**
 * Checks and copies the spans that come along with a report.
 * @throws LightningError `INVALID_ARGUMENT` naming the first that is not JSON, or not of this attempt
 */
export function copySpansOf({ rolloutId, attemptId }: Attempt, spans: readonly SpanInput[]): SpanInput[] {
  return spans.map((input, index) => {
    const path = `spans[${index}]`;
    const span = copyJson(input, path) as SpanInput;
    if (span.rolloutId === rolloutId && span.attemptId === attemptId) return span;
    throw new LightningError(
      'INVALID_ARGUMENT',
      `Cannot report attempt ${attemptId} of rollout ${rolloutId} as '${path}' is a span of attempt ${span.attemptId} of rollout ${span.rolloutId}`,
      { details: { path } },
    );
  });
}
