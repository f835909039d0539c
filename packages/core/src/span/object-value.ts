import { Buffer } from 'node:buffer';
import { LightningError } from '../errors/lightning-error.ts';
import { SPAN_ATTRIBUTES } from './semconv.ts';
import type { Span, SpanAttributes } from './span.ts';

/** Python writes these without Unicode minus or capital letters; both peers read them back. */
const NON_FINITE = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/**
 * The attributes that carry a value: its type in Python's words (`str int float bool bytes dict list NoneType`, or the name of the class), and a
 * literal or JSON. A number without a fraction is an `int`.
 *
 * @throws TypeError if the value is not JSON
 */
export function encodeObject(value: unknown): SpanAttributes {
  const literal = encodeLiteral(value);
  if (literal !== undefined) {
    return { [SPAN_ATTRIBUTES.objectType]: literal.type, [SPAN_ATTRIBUTES.objectLiteral]: literal.text };
  }
  return { [SPAN_ATTRIBUTES.objectType]: typeName(value), [SPAN_ATTRIBUTES.objectJson]: toJson(value) };
}

/**
 * The value that a span carries, `null` when it carries none. Mirrors upstream `get_object_value` (v0.3.0).
 *
 * Integers beyond JavaScript's safe range come back as `bigint`; bytes as a `Uint8Array`.
 *
 * @throws LightningError `INVALID_ARGUMENT` for damaged JSON, or a literal of an unknown type
 */
export function getObjectValue(span: Pick<Span, 'attributes' | 'spanId'>): unknown {
  const json = span.attributes[SPAN_ATTRIBUTES.objectJson];
  if (json !== undefined) return parseJson(json, span.spanId);
  const text = span.attributes[SPAN_ATTRIBUTES.objectLiteral];
  if (text === undefined) return null;
  const type = span.attributes[SPAN_ATTRIBUTES.objectType] ?? 'str';
  const value = typeof text === 'string' ? decodeLiteral(type, text) : undefined;
  if (value === undefined) {
    throw new LightningError(
      'INVALID_ARGUMENT',
      `Span ${span.spanId} carries a value that cannot be read: ${JSON.stringify(text)} of type ${JSON.stringify(type)}`,
      { details: { spanId: span.spanId } },
    );
  }
  return value;
}

function encodeLiteral(value: unknown): { readonly type: string; readonly text: string } | undefined {
  if (typeof value === 'string') return { type: 'str', text: value };
  if (typeof value === 'boolean') return { type: 'bool', text: value ? 'True' : 'False' };
  if (typeof value === 'bigint') return { type: 'int', text: String(value) };
  if (typeof value === 'number') return encodeNumber(value);
  if (value instanceof Uint8Array) return { type: 'bytes', text: Buffer.from(value).toString('base64') };
  return undefined;
}

function encodeNumber(value: number): { readonly type: string; readonly text: string } {
  if (Object.is(value, -0)) return { type: 'float', text: '-0.0' };
  if (Number.isSafeInteger(value)) return { type: 'int', text: String(value) };
  if (Number.isFinite(value)) return { type: 'float', text: String(value) };
  return { type: 'float', text: Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf' };
}

function typeName(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  const name = typeof value === 'object' ? value.constructor?.name : undefined;
  return name === undefined || name === 'Object' ? 'dict' : name;
}

function toJson(value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) {
    throw new TypeError(`Cannot write the object as it is not JSON: current value is of type ${typeof value}`, {
      cause,
    });
  }
  return text;
}

function parseJson(json: unknown, spanId: string): unknown {
  try {
    return JSON.parse(String(json));
  } catch (error) {
    throw new LightningError(
      'INVALID_ARGUMENT',
      `Span ${spanId} carries damaged JSON in ${SPAN_ATTRIBUTES.objectJson}`,
      {
        cause: error,
        details: { spanId },
      },
    );
  }
}

/** `undefined` for an unknown type, or text that is not of it. */
function decodeLiteral(type: unknown, text: string): unknown {
  switch (type) {
    case 'str':
      return text;
    case 'bool':
      return text.toLowerCase() === 'true';
    case 'int':
      return decodeInteger(text.trim());
    case 'float':
      return decodeFloat(text.trim().toLowerCase());
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return undefined;
  }
}

function decodeInteger(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function decodeFloat(text: string): number | undefined {
  const special = NON_FINITE.get(text);
  if (special !== undefined) return special;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}
