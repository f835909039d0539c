import type { SpanAttributes, SpanAttributeValue } from '@agentlightning/core';

/** Longest text that is stored in one attribute, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 65_536;

/** All texts of a span together, in UTF-16 units. */
export const MAX_SPAN_TEXT_LENGTH = 1_048_576;

/** Attributes within those limits. */
export interface LimitedAttributes {
  readonly attributes: SpanAttributes;
  /** Length of all texts, in UTF-16 units. */
  readonly textLength: number;
}

/**
 * Cuts what is too long. A text that was cut ends in `… [cut: <n> characters]`, with its length before. Attributes of which nothing is cut are answered as they
 * are.
 */
export function limitAttributes(attributes: SpanAttributes): LimitedAttributes {
  const length = textLengthOf(attributes);
  if (length !== undefined) return { attributes, textLength: length };
  const limited: Record<string, SpanAttributeValue> = {};
  let textLength = 0;
  const limit = (text: string): string => {
    const room = Math.min(MAX_TEXT_LENGTH, Math.max(0, MAX_SPAN_TEXT_LENGTH - textLength));
    // Well-formed: the cut may go through a surrogate pair.
    const kept = text.length <= room ? text : `${text.slice(0, room).toWellFormed()}… [cut: ${text.length} characters]`;
    textLength += kept.length;
    return kept;
  };
  for (const [key, value] of Object.entries(attributes)) {
    limited[key] = typeof value === 'string' ? limit(value) : isTextList(value) ? value.map(limit) : value;
  }
  return { attributes: limited, textLength };
}

/** Length of all texts; `undefined` if one of them is to be cut. */
function textLengthOf(attributes: SpanAttributes): number | undefined {
  let sum = 0;
  for (const value of Object.values(attributes)) {
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT_LENGTH) return undefined;
      sum += value.length;
    } else if (isTextList(value)) {
      for (const text of value) {
        if (text.length > MAX_TEXT_LENGTH) return undefined;
        sum += text.length;
      }
    }
  }
  return sum <= MAX_SPAN_TEXT_LENGTH ? sum : undefined;
}

function isTextList(value: SpanAttributeValue): value is string[] {
  return Array.isArray(value) && typeof value[0] === 'string';
}
