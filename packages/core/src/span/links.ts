import { filterAndUnflatten } from './attributes.ts';
import { SPAN_ATTRIBUTES } from './semconv.ts';
import type { Span, SpanAttributes } from './span.ts';

/**
 * Says which spans another span is about: those whose attribute `keyMatch` equals `valueMatch`. The keys `trace_id` and `span_id` mean
 * the span's own ids.
 */
export interface LinkMatch {
  readonly keyMatch: string;
  readonly valueMatch: string;
}

/**
 * The attributes that link a span to others, one link per key. Mirrors upstream `make_link_attributes` (v0.3.0).
 * @throws TypeError for a value that is not a string
 */
export function makeLinkAttributes(links: Readonly<Record<string, string>>): SpanAttributes {
  const attributes: Record<string, string> = {};
  for (const [index, [key, value]] of Object.entries(links).entries()) {
    if (typeof value !== 'string') {
      throw new TypeError(
        `Cannot link the span as '${key}' must be a string: current value is of type ${typeof value}`,
      );
    }
    attributes[`${SPAN_ATTRIBUTES.link}.${index}.key_match`] = key;
    attributes[`${SPAN_ATTRIBUTES.link}.${index}.value_match`] = value;
  }
  return attributes;
}

/** The links among a span's attributes, `[]` when there are none (upstream fails then). Damaged ones are left out. */
export function extractLinks(attributes: SpanAttributes): LinkMatch[] {
  const links = filterAndUnflatten(attributes, SPAN_ATTRIBUTES.link);
  return Object.values(links as object).flatMap((link: unknown) => {
    if (typeof link !== 'object' || link === null) return [];
    const { key_match: keyMatch, value_match: valueMatch } = link as { key_match?: unknown; value_match?: unknown };
    return typeof keyMatch === 'string' && typeof valueMatch === 'string' ? [{ keyMatch, valueMatch }] : [];
  });
}

/** The spans that all of these links match, in the given order; without links, all spans. Mirrors upstream `query_linked_spans` (v0.3.0). */
export function queryLinkedSpans<S extends Pick<Span, 'attributes' | 'traceId' | 'spanId'>>(
  spans: readonly S[],
  links: readonly LinkMatch[],
): S[] {
  return spans.filter((span) => links.every(({ keyMatch, valueMatch }) => linkedValue(span, keyMatch) === valueMatch));
}

function linkedValue(span: Pick<Span, 'attributes' | 'traceId' | 'spanId'>, key: string): unknown {
  if (key === 'trace_id') return span.traceId;
  if (key === 'span_id') return span.spanId;
  return Object.hasOwn(span.attributes, key) ? span.attributes[key] : undefined;
}
