import { LightningError } from '../errors/lightning-error.ts';
import { SPAN_ATTRIBUTES } from './semconv.ts';
import type { Span } from './span.ts';

/**
 * The message that a span carries, `null` when it carries none. Mirrors upstream `get_message_value` (v0.3.0).
 * @throws LightningError `INVALID_ARGUMENT` if the attribute is not a string
 */
export function getMessageValue(span: Pick<Span, 'attributes' | 'spanId'>): string | null {
  const body = span.attributes[SPAN_ATTRIBUTES.messageBody];
  if (body === undefined || typeof body === 'string') return body ?? null;
  throw new LightningError('INVALID_ARGUMENT', `Span ${span.spanId} carries a message that is not a string`, {
    details: { spanId: span.spanId },
  });
}
