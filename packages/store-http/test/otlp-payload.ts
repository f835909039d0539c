/** Writes OTLP/JSON as protobuf, as far as spans need it, so that tests can send one thing in both forms. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

type Json = Readonly<Record<string, unknown>>;

/** `{"resourceSpans": […]}` as an `ExportTraceServiceRequest`. */
export function encodeTraces(request: Json): Uint8Array {
  return message(new BinaryWriter(), request, {
    resourceSpans: [1, (writer, item) => writer.bytes(encodeResourceSpans(item as Json))],
  }).finish();
}

/** Spans under one resource with the ids of an attempt, or others. */
export function tracesOf(resource: Readonly<Record<string, string>>, spans: readonly Json[]): Json {
  const attributes = Object.entries(resource).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] };
}

/** A span with its own id and nothing else to say. */
export function otlpSpan(number: number, more: Json = {}): Json {
  const hex = number.toString(16);
  return {
    traceId: hex.padStart(32, '0'),
    spanId: hex.padStart(16, '0'),
    name: `span ${number}`,
    startTimeUnixNano: '1700000000500000001',
    endTimeUnixNano: '1700000001250000001',
    ...more,
  };
}

type Field = readonly [field: number, write: (writer: BinaryWriter, value: unknown) => unknown, wireType?: WireType];

function message(writer: BinaryWriter, value: Json, fields: Readonly<Record<string, Field>>): BinaryWriter {
  for (const [key, [field, write, wireType = WireType.LengthDelimited]] of Object.entries(fields)) {
    for (const item of [value[key] ?? []].flat()) {
      writer.tag(field, wireType);
      write(writer, item);
    }
  }
  return writer;
}

const text: Field[1] = (writer, value) => writer.string(value as string);
const hex: Field[1] = (writer, value) => writer.bytes(Buffer.from(value as string, 'hex'));
const nanos: Field[1] = (writer, value) => writer.fixed64(value as string);

function nested(encode: (value: Json) => Uint8Array): Field[1] {
  return (writer, value) => writer.bytes(encode(value as Json));
}

function encodeResourceSpans(value: Json): Uint8Array {
  return message(new BinaryWriter(), value, {
    resource: [1, nested((resource) => message(new BinaryWriter(), resource, { attributes: keyValues(1) }).finish())],
    scopeSpans: [2, nested((scope) => message(new BinaryWriter(), scope, { spans: [2, nested(encodeSpan)] }).finish())],
    schemaUrl: [3, text],
  }).finish();
}

function encodeSpan(span: Json): Uint8Array {
  return message(new BinaryWriter(), span, {
    traceId: [1, hex],
    spanId: [2, hex],
    traceState: [3, text],
    parentSpanId: [4, hex],
    name: [5, text],
    startTimeUnixNano: [7, nanos, WireType.Bit64],
    endTimeUnixNano: [8, nanos, WireType.Bit64],
    attributes: keyValues(9),
    events: [11, nested(encodeEvent)],
    links: [13, nested(encodeLink)],
    status: [15, nested(encodeStatus)],
  }).finish();
}

function encodeEvent(event: Json): Uint8Array {
  const fields = { timeUnixNano: [1, nanos, WireType.Bit64] as const, name: [2, text] as const };
  return message(new BinaryWriter(), event, { ...fields, attributes: keyValues(3) }).finish();
}

function encodeLink(link: Json): Uint8Array {
  return message(new BinaryWriter(), link, { traceId: [1, hex], spanId: [2, hex], attributes: keyValues(4) }).finish();
}

function encodeStatus(status: Json): Uint8Array {
  const code: Field = [3, (writer, value) => writer.int32(value as number), WireType.Varint];
  return message(new BinaryWriter(), status, { message: [2, text], code }).finish();
}

function keyValues(field: number): Field {
  return [
    field,
    nested((entry) => message(new BinaryWriter(), entry, { key: [1, text], value: [2, nested(encodeValue)] }).finish()),
  ];
}

function encodeValue(value: Json): Uint8Array {
  return message(new BinaryWriter(), value, {
    stringValue: [1, text],
    boolValue: [2, (writer, item) => writer.bool(item as boolean), WireType.Varint],
    intValue: [3, (writer, item) => writer.int64(item as string), WireType.Varint],
    doubleValue: [4, (writer, item) => writer.double(Number(item)), WireType.Bit64],
    arrayValue: [
      5,
      nested((array) => message(new BinaryWriter(), array, { values: [1, nested(encodeValue)] }).finish()),
    ],
    kvlistValue: [6, nested((list) => message(new BinaryWriter(), list, { values: keyValues(1) }).finish())],
    bytesValue: [7, (writer, item) => writer.bytes(Buffer.from(item as string, 'base64'))],
  }).finish();
}
