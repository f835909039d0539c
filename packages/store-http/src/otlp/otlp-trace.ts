/**
 * What is kept of an OTLP trace export, the same whether it came as protobuf or as JSON. Kind, flags, trace state,
 * instrumentation scope and dropped-counts are not: upstream's `Span` has no place for them.
 */

/** An OTLP `AnyValue`: bytes as lowercase hex, a value that is not set as `null`. */
export type OtlpValue = string | boolean | number | WholeDouble | null | readonly OtlpValue[] | OtlpAttributes;

/** A `doubleValue` such as 5.0 right below a key: no integer to upstream, though JavaScript has one kind of number. */
export class WholeDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** How a `doubleValue` is kept. */
export function doubleOf(value: number, depth: number): number | WholeDouble {
  return depth === 0 && Number.isInteger(value) ? new WholeDouble(value) : value;
}

/** Attributes by key; of equal keys the last counts. */
export interface OtlpAttributes {
  readonly [key: string]: OtlpValue;
}

/** A `Span` of OTLP. Ids are lowercase hex as long as they were sent. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  name: string;
  /** Seconds since the epoch, see {@link timeOf}. */
  startTime: number | null;
  endTime: number | null;
  attributes: OtlpAttributes;
  events: { readonly name: string; readonly timestamp: number | null; readonly attributes: OtlpAttributes }[];
  links: { readonly traceId: string; readonly spanId: string; readonly attributes: OtlpAttributes }[];
  statusCode: number;
  statusMessage: string;
}

/** A `ResourceSpans` of OTLP, its scopes laid together. */
export interface OtlpResourceSpans {
  attributes: OtlpAttributes;
  schemaUrl: string;
  spans: OtlpSpan[];
}

/** A payload that cannot be read; its message says why, in a few words. */
export class OtlpPayloadError extends Error {
  override name = 'OtlpPayloadError';
}

/** `AnyValue`s may lie in each other this deep; protobuf's own readers take 100 messages. */
export const MAX_VALUE_DEPTH = 32;

/**
 * Spans, attributes, events and the like in one export. Exporters send 512 spans at once, some 15,000 of these; a batch of the
 * largest size may hold no more than a process has memory for.
 */
export const MAX_MESSAGES = 500_000;

/** A payload that holds more. */
export class OtlpTooLargeError extends OtlpPayloadError {
  override name = 'OtlpTooLargeError';

  constructor() {
    super(`it holds more than ${MAX_MESSAGES} messages`);
  }
}

/** A span of which nothing was said. */
export function emptySpan(): OtlpSpan {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    startTime: null,
    endTime: null,
    attributes: {},
    events: [],
    links: [],
    statusCode: 0,
    statusMessage: '',
  };
}

const NANOS_FROM = 1_000_000_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * A `*_time_unix_nano` in seconds, the way upstream reads it: 0 is no time, and what is too small for nanoseconds is
 * taken for seconds.
 */
export function timeOf(nanos: bigint): number | null {
  if (nanos === 0n) return null;
  if (nanos <= NANOS_FROM) return Number(nanos);
  // Whole seconds apart from the rest: a double holds no 64-bit integer, and would round twice.
  return Number(nanos / NANOS_PER_SECOND) + Number(nanos % NANOS_PER_SECOND) / 1e9;
}

/** Sets an attribute; a plain assignment of `__proto__` would change the prototype. */
export function setAttribute(attributes: OtlpAttributes, key: string, value: OtlpValue): void {
  if (key !== '__proto__') (attributes as Record<string, OtlpValue>)[key] = value;
  else Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
}
