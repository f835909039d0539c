import { filterAndUnflatten } from './attributes.ts';
import { SPAN_ATTRIBUTES } from './semconv.ts';
import type { SpanAttributes } from './span.ts';

/**
 * The attributes that tag a span. Mirrors upstream `make_tag_attributes` (v0.3.0).
 * @throws TypeError for a tag that is not a string
 */
export function makeTagAttributes(tags: readonly string[]): SpanAttributes {
  const attributes: Record<string, string> = {};
  for (const [index, tag] of tags.entries()) {
    if (typeof tag !== 'string') {
      throw new TypeError(
        `Cannot tag the span as tag ${index} must be a string: current value is of type ${typeof tag}`,
      );
    }
    attributes[`${SPAN_ATTRIBUTES.tag}.${index}`] = tag;
  }
  return attributes;
}

/** The tags among a span's attributes, `[]` when there are none (upstream fails then). What is not a string is left out. */
export function extractTags(attributes: SpanAttributes): string[] {
  const tags = filterAndUnflatten(attributes, SPAN_ATTRIBUTES.tag);
  return Object.values(tags as object).filter((tag) => typeof tag === 'string');
}
