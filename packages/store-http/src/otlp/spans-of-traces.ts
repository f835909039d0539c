/** From an OTLP export to spans of the store: whose they are, their numbers, and which the model cannot hold. */
import { RESOURCE_ATTRIBUTES, type SpanAttributes, type SpanInput } from '@agentlightning/core';
import { spanAttributeOf } from '../wire/lax-schema.ts';
import { MAX_SEQUENCE_ID } from '../wire/span-codecs.ts';
import {
  type OtlpAttributes,
  type OtlpResourceSpans,
  type OtlpSpan,
  type OtlpValue,
  WholeDouble,
} from './otlp-trace.ts';

const { spanSequenceId: SEQUENCE_ID } = RESOURCE_ATTRIBUTES;

/** What an export holds for the store. */
export interface ExportedSpans {
  /** In the order of the export; `sequenceId: null` where it named none. */
  readonly spans: SpanInput[];
  /** Why spans were left out that can never be stored, a reason for each. */
  readonly refused: string[];
  /** How many belong to no attempt: instrumentation that was not meant for the store. Not an error, as upstream has it. */
  readonly unattributed: number;
}

/** Mirrors upstream `spans_from_proto` (v0.3.0). */
export function spansOfTraces(traces: readonly OtlpResourceSpans[]): ExportedSpans {
  const spans: SpanInput[] = [];
  const refused: string[] = [];
  let unattributed = 0;
  for (const { attributes, schemaUrl, spans: exported } of traces) {
    // Before they are made what the model holds, which knows no two kinds of number.
    const ids = idsOf(attributes);
    const resource = attributesOf(attributes);
    for (const span of exported) {
      const rolloutId = idOf(RESOURCE_ATTRIBUTES.rolloutId, span.attributes, ids);
      const attemptId = idOf(RESOURCE_ATTRIBUTES.attemptId, span.attributes, ids);
      if (rolloutId === undefined || attemptId === undefined) {
        unattributed += 1;
        continue;
      }
      if (typeof resource === 'string') {
        refused.push(`resource ${resource}`);
        continue;
      }
      const sequenceId = sequenceIdOf(span.attributes[SEQUENCE_ID] ?? ids[SEQUENCE_ID]);
      const read = spanOf(span, { rolloutId, attemptId, sequenceId, resource: { attributes: resource, schemaUrl } });
      if (typeof read === 'string') refused.push(`span ${span.spanId}: ${read}`);
      else spans.push(read);
    }
  }
  return { spans, refused, unattributed };
}

function idsOf(resource: OtlpAttributes): OtlpAttributes {
  const keys = [RESOURCE_ATTRIBUTES.rolloutId, RESOURCE_ATTRIBUTES.attemptId, SEQUENCE_ID];
  return Object.fromEntries(keys.map((key) => [key, resource[key] ?? null]));
}

/** Of the span, else of its resource, as text; an empty text is an id, if an unknown one. */
function idOf(key: string, span: OtlpAttributes, resource: OtlpAttributes): string | undefined {
  const value = span[key] ?? resource[key] ?? undefined;
  if (value instanceof WholeDouble) return `${value.value}.0`;
  if (value === undefined || typeof value === 'string') return value;
  // A list is no id; whatever its text is, nobody has that id.
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** As Python's `int()` reads it, but for digits of other scripts. */
const DECIMAL = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/** A whole number from 0 to the largest, or its decimal text; anything else counts as none given. */
function sequenceIdOf(value: OtlpValue | undefined): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value.replaceAll('_', '')) : value;
  const isOne = typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MAX_SEQUENCE_ID;
  return isOne ? number : null;
}

/** @returns the span, or why there cannot be one */
function spanOf(
  span: OtlpSpan,
  of: Pick<SpanInput, 'rolloutId' | 'attemptId' | 'sequenceId' | 'resource'>,
): SpanInput | string {
  const attributes = attributesOf(span.attributes);
  if (typeof attributes === 'string') return attributes;
  const events: SpanInput['events'] = [];
  for (const event of span.events) {
    const read = attributesOf(event.attributes);
    if (typeof read === 'string') return `event ${read}`;
    events.push({ name: event.name, attributes: read, timestamp: event.timestamp });
  }
  const links: SpanInput['links'] = [];
  for (const link of span.links) {
    const read = attributesOf(link.attributes);
    if (typeof read === 'string') return `link ${read}`;
    links.push({
      context: contextOf(padded(link.traceId, 32), padded(link.spanId, 16)),
      attributes: Object.keys(read).length === 0 ? null : read,
    });
  }
  const traceId = padded(span.traceId, 32);
  const spanId = padded(span.spanId, 16);
  return {
    rolloutId: of.rolloutId,
    attemptId: of.attemptId,
    sequenceId: of.sequenceId,
    traceId,
    spanId,
    parentId: span.parentSpanId === '' ? null : padded(span.parentSpanId, 16),
    name: span.name,
    status: { statusCode: STATUS_CODES[span.statusCode] ?? 'UNSET', description: span.statusMessage || null },
    attributes,
    events,
    links,
    startTime: span.startTime,
    endTime: span.endTime,
    context: contextOf(traceId, spanId),
    // OTLP has only its id.
    parent: null,
    resource: of.resource,
  };
}

const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;

function contextOf(traceId: string, spanId: string): NonNullable<SpanInput['context']> {
  return { traceId, spanId, isRemote: false, traceState: {} };
}

function padded(hex: string, length: number): string {
  return hex.padStart(length, '0');
}

/**
 * Makes attributes what the model holds; nobody else has them, so they are not copied.
 * @returns the attributes, or which one the model cannot hold
 */
function attributesOf(attributes: OtlpAttributes): SpanAttributes | string {
  for (const key of Object.keys(attributes)) {
    const given = attributes[key];
    const value = spanAttributeOf(given instanceof WholeDouble ? given.value : given);
    if (value === undefined || key === '__proto__') return `attribute '${key.slice(0, 100)}' is outside the span model`;
    if (value !== given) (attributes as Record<string, SpanAttributes[string]>)[key] = value;
  }
  return attributes as SpanAttributes;
}
