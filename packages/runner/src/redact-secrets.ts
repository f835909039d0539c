import type { SpanAttributes, SpanAttributeValue, SpanInput } from '@agentlightning/core';

/** What stands where a secret was. */
const REDACTED = '***';

/** Shorter ones are not keys, and replacing them would garble ordinary text. */
const SHORTEST_SECRET = 8;

/** Attempts share their secrets, and spans the names of their attributes: so many of each are remembered, those that came last. */
const REMEMBERED_REDACTORS = 64;
const REMEMBERED_TEXTS = 512;
/** Longer ones are not names. */
const LONGEST_NAME = 64;

const redactors = new Map<string, Redactor>();

/** Replaces every occurrence of a known secret in texts that are to be stored or shown. */
export type Redactor = (text: string) => string;

/**
 * Makes a {@link Redactor} for secrets that must not be seen: as they are, in JSON, in a URL, and within base64, whatever was encoded with them. Those under
 * eight characters (`EMPTY`, `none`) are no secrets.
 */
export function redactorOf(secrets: Iterable<string | null | undefined>): Redactor {
  const known = [...new Set(secrets)].filter(
    (secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST_SECRET,
  );
  if (known.length === 0) return nothingToRedact;
  return remembered(redactors, REMEMBERED_REDACTORS, JSON.stringify(known), () => makeRedactor(known));
}

/** The {@link Redactor} without secrets: whoever sees it may spare the work. */
function nothingToRedact(text: string): string {
  return text;
}

function makeRedactor(known: readonly string[]): Redactor {
  // The longest first: one secret may begin with another.
  const forms = [...new Set(known.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  const redact = (text: string): string => forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
  const names = new Map<string, string>();
  return (text) => {
    if (text.length < SHORTEST_SECRET) return text;
    return text.length > LONGEST_NAME ? redact(text) : remembered(names, REMEMBERED_TEXTS, text, () => redact(text));
  };
}

/** What was made for a key before, or is made now; the key that came first is forgotten when there are too many. */
function remembered<V>(memory: Map<string, V>, most: number, key: string, make: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (memory.size >= most) memory.delete(memory.keys().next().value as string);
  memory.set(key, made);
  return made;
}

/** The span with every text in it redacted. */
export function redactSpan(span: SpanInput, redact: Redactor): SpanInput {
  if (redact === nothingToRedact) return span;
  const { name, attributes, status, events, links } = span;
  return {
    ...span,
    name: redact(name),
    attributes: redactAttributes(attributes, redact),
    status: { ...status, description: status.description === null ? null : redact(status.description) },
    events: events.map((event) => ({
      ...event,
      name: redact(event.name),
      attributes: redactAttributes(event.attributes, redact),
    })),
    links: links.map((link) => ({
      ...link,
      attributes: link.attributes === null ? null : redactAttributes(link.attributes, redact),
    })),
  };
}

/** The attributes with every text in them redacted, and in their names. */
export function redactAttributes(attributes: SpanAttributes, redact: Redactor): SpanAttributes {
  if (redact === nothingToRedact) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [redact(key), redactValue(value, redact)]),
  );
}

function redactValue(value: SpanAttributeValue, redact: Redactor): SpanAttributeValue {
  if (typeof value === 'string') return redact(value);
  return Array.isArray(value) && typeof value[0] === 'string' ? (value as string[]).map(redact) : value;
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [0, 1, 2].map((before) => base64Within(secret, before));
  const base64Url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), ...base64, ...base64Url];
}

/** What a secret becomes in base64 when it comes after bytes of which `before` are left over: without the characters that its neighbours decide about. */
function base64Within(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
