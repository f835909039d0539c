import type { SpanAttributes, SpanAttributeValue } from '@agentlightning/core';

/** What stands where a secret was. */
const REDACTED = '***';

/** Shorter ones are not keys, and replacing them would garble ordinary text. */
const SHORTEST_SECRET = 8;

/** Replaces every occurrence of a known secret in texts that are to be stored or shown. */
export type Redactor = (text: string) => string;

/** Makes a {@link Redactor} for keys that must not be seen. Those under eight characters (`EMPTY`, `none`) are no secrets. */
export function redactorOf(secrets: Iterable<string | null | undefined>): Redactor {
  // The longest first: one secret may begin with another.
  const known = [...new Set(secrets)]
    .filter((secret) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b!.length - a!.length) as string[];
  return (text) => known.reduce((clean, secret) => clean.replaceAll(secret, REDACTED), text);
}

/** The attributes with every text in them redacted. */
export function redactAttributes(attributes: SpanAttributes, redact: Redactor): SpanAttributes {
  const clean: Record<string, SpanAttributeValue> = {};
  for (const [key, value] of Object.entries(attributes)) clean[key] = redactValue(value, redact);
  return clean;
}

function redactValue(value: SpanAttributeValue, redact: Redactor): SpanAttributeValue {
  if (typeof value === 'string') return redact(value);
  return Array.isArray(value) && typeof value[0] === 'string' ? (value as string[]).map(redact) : value;
}
