import type { SpanAttributes, SpanAttributeValue, SpanInput } from '@agentlightning/core';

/** What stands where a secret was. */
const REDACTED = '***';

/** Shorter ones are not keys, and replacing them would garble ordinary text. */
const SHORTEST_SECRET = 8;

/** Attempts share their secrets: so many redactors are remembered, those that came last. */
const REMEMBERED_REDACTORS = 64;

const redactors = new Map<string, Redactor>();

/** Replaces every occurrence of a known secret in texts that are to be stored or shown. */
export interface Redactor {
  (text: string): string;
  /** Whether a secret is in the text. */
  readonly finds: (text: string) => boolean;
}

/**
 * Makes a {@link Redactor} for secrets that must not be seen: as they are, in JSON, in a URL, and within base64, whatever was encoded with them. Those under
 * eight characters (`EMPTY`, `none`) are no secrets.
 */
export function redactorOf(secrets: Iterable<string | null | undefined>): Redactor {
  const known = [...new Set(secrets)].filter(
    (secret): secret is string => typeof secret === 'string' && secret.length >= SHORTEST_SECRET,
  );
  if (known.length === 0) return nothingToRedact;
  const key = JSON.stringify(known);
  const remembered = redactors.get(key);
  if (remembered !== undefined) return remembered;
  const made = makeRedactor(known);
  if (redactors.size >= REMEMBERED_REDACTORS) redactors.delete(redactors.keys().next().value as string);
  redactors.set(key, made);
  return made;
}

/** The {@link Redactor} without secrets: whoever sees it may spare the work. */
const nothingToRedact: Redactor = Object.assign((text: string) => text, { finds: () => false });

function makeRedactor(known: readonly string[]): Redactor {
  // The longest first: one secret may begin with another.
  const forms = [...new Set(known.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  const redact = (text: string): string => forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
  return Object.assign(redact, { finds: (text: string) => forms.some((form) => text.includes(form)) });
}

/** The span with every text in it redacted. */
export function redactSpan(span: SpanInput, redact: Redactor): SpanInput {
  if (redact === nothingToRedact) return span;
  const { name, attributes, status, events, links } = span;
  const isBare = events.length === 0 && links.length === 0;
  if (isBare && !redact.finds(`${name}\n${status.description ?? ''}\n${textOf(attributes)}`)) return span;
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
  if (redact === nothingToRedact || !redact.finds(textOf(attributes))) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [redact(key), redactValue(value, redact)]),
  );
}

/** All that is said in attributes, in one text: to find nothing in it, as is usual, takes a tenth of the time that each on its own would take. */
function textOf(attributes: SpanAttributes): string {
  let all = '';
  for (const key in attributes) {
    const value = attributes[key]!;
    const text = typeof value === 'string' ? value : isTextList(value) ? value.join('\n') : '';
    all += text === '' ? `${key}\n` : `${key}\n${text}\n`;
  }
  return all;
}

function isTextList(value: SpanAttributeValue): value is string[] {
  return Array.isArray(value) && typeof value[0] === 'string';
}

function redactValue(value: SpanAttributeValue, redact: Redactor): SpanAttributeValue {
  if (typeof value === 'string') return redact(value);
  return isTextList(value) ? value.map((text) => redact(text)) : value;
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
