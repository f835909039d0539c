import type { SpanInput } from '@agentlightning/core';

/** About how many characters a span comes to as JSON. Texts are most of it. */
export function textLength({ attributes }: Pick<SpanInput, 'attributes'>): number {
  let length = 512;
  for (const [key, value] of Object.entries(attributes)) {
    length += key.length + 8;
    if (typeof value === 'string') length += value.length;
    else if (Array.isArray(value)) for (const item of value) length += String(item).length + 4;
  }
  return length;
}
