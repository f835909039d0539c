/**
 * Reads an `ExportTraceServiceRequest` from protobuf straight into what is kept of it. Field numbers are those of
 * opentelemetry-proto 1.x (`collector/trace/v1`, `trace/v1`, `resource/v1`, `common/v1`); unknown fields are skipped.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  doubleOf,
  emptySpan,
  MAX_MESSAGES,
  MAX_VALUE_DEPTH,
  type OtlpAttributes,
  OtlpPayloadError,
  type OtlpResourceSpans,
  type OtlpSpan,
  OtlpTooLargeError,
  type OtlpValue,
  setAttribute,
  timeOf,
} from './otlp-trace.ts';

/** A reader that counts: two bytes are enough for a span, which takes a hundred times as much when it is read. */
class TraceReader extends BinaryReader {
  messages = 0;
}

/** @throws OtlpPayloadError if the bytes are no such message, OtlpTooLargeError if they hold more than {@link MAX_MESSAGES} of its parts */
export function decodeProtobufTraces(bytes: Uint8Array): OtlpResourceSpans[] {
  const reader = new TraceReader(bytes);
  const resourceSpans: OtlpResourceSpans[] = [];
  try {
    readMessage(reader, reader.len, (field, wireType) => {
      if (field !== 1 || wireType !== WireType.LengthDelimited) return false;
      resourceSpans.push(readResourceSpans(reader));
      return true;
    });
  } catch (error) {
    // The reader's own errors: a length past the end, a broken varint, text that is not UTF-8.
    throw error instanceof OtlpPayloadError ? error : new OtlpPayloadError((error as Error).message, { cause: error });
  }
  return resourceSpans;
}

/**
 * Reads fields up to `end`.
 * @param readField - reads the value of a field, or answers `false` to have it skipped
 */
function readMessage(
  reader: TraceReader,
  end: number,
  readField: (field: number, wireType: WireType) => boolean,
): void {
  if (++reader.messages > MAX_MESSAGES) throw new OtlpTooLargeError();
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    if (!readField(field, wireType)) reader.skip(wireType, field);
  }
  if (reader.pos !== end) throw new OtlpPayloadError('a field is longer than its message');
}

/** Reads a length. @returns where what it measures ends */
function readEnd(reader: TraceReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new OtlpPayloadError('a message is longer than the payload');
  return end;
}

function readResourceSpans(reader: TraceReader): OtlpResourceSpans {
  const result: OtlpResourceSpans = { attributes: {}, schemaUrl: '', spans: [] };
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (wireType !== WireType.LengthDelimited) return false;
    switch (field) {
      case 1:
        readResource(reader, result.attributes);
        return true;
      case 2:
        readScopeSpans(reader, result.spans);
        return true;
      case 3:
        result.schemaUrl = reader.string(true);
        return true;
      default:
        return false;
    }
  });
  return result;
}

function readResource(reader: TraceReader, attributes: OtlpAttributes): void {
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field !== 1 || wireType !== WireType.LengthDelimited) return false;
    readKeyValue(reader, attributes, 0);
    return true;
  });
}

function readScopeSpans(reader: TraceReader, spans: OtlpSpan[]): void {
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field !== 2 || wireType !== WireType.LengthDelimited) return false;
    spans.push(readSpan(reader));
    return true;
  });
}

function readSpan(reader: TraceReader): OtlpSpan {
  const span = emptySpan();
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (wireType === WireType.Bit64) {
      if (field === 7) span.startTime = timeOf(BigInt(reader.fixed64()));
      else if (field === 8) span.endTime = timeOf(BigInt(reader.fixed64()));
      else return false;
      return true;
    }
    if (wireType !== WireType.LengthDelimited) return false;
    switch (field) {
      case 1:
        span.traceId = hex(reader.bytes());
        return true;
      case 2:
        span.spanId = hex(reader.bytes());
        return true;
      case 4:
        span.parentSpanId = hex(reader.bytes());
        return true;
      case 5:
        span.name = reader.string(true);
        return true;
      case 9:
        readKeyValue(reader, span.attributes, 0);
        return true;
      case 11:
        span.events.push(readEvent(reader));
        return true;
      case 13:
        span.links.push(readLink(reader));
        return true;
      case 15:
        readStatus(reader, span);
        return true;
      default:
        return false;
    }
  });
  return span;
}

function readEvent(reader: TraceReader): OtlpSpan['events'][number] {
  const event = { name: '', timestamp: null as number | null, attributes: {} };
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field === 1 && wireType === WireType.Bit64) event.timestamp = timeOf(BigInt(reader.fixed64()));
    else if (field === 2 && wireType === WireType.LengthDelimited) event.name = reader.string(true);
    else if (field === 3 && wireType === WireType.LengthDelimited) readKeyValue(reader, event.attributes, 0);
    else return false;
    return true;
  });
  return event;
}

function readLink(reader: TraceReader): OtlpSpan['links'][number] {
  const link = { traceId: '', spanId: '', attributes: {} };
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (wireType !== WireType.LengthDelimited) return false;
    if (field === 1) link.traceId = hex(reader.bytes());
    else if (field === 2) link.spanId = hex(reader.bytes());
    else if (field === 4) readKeyValue(reader, link.attributes, 0);
    else return false;
    return true;
  });
  return link;
}

function readStatus(reader: TraceReader, span: OtlpSpan): void {
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field === 2 && wireType === WireType.LengthDelimited) span.statusMessage = reader.string(true);
    else if (field === 3 && wireType === WireType.Varint) span.statusCode = reader.int32();
    else return false;
    return true;
  });
}

function readKeyValue(reader: TraceReader, attributes: OtlpAttributes, depth: number): void {
  let key = '';
  let value: OtlpValue = null;
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (wireType !== WireType.LengthDelimited) return false;
    if (field === 1) key = reader.string(true);
    else if (field === 2) value = readValue(reader, depth);
    else return false;
    return true;
  });
  setAttribute(attributes, key, value);
}

function readValue(reader: TraceReader, depth: number): OtlpValue {
  if (depth > MAX_VALUE_DEPTH) throw new OtlpPayloadError(`values are nested deeper than ${MAX_VALUE_DEPTH} levels`);
  let value: OtlpValue = null;
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field === 1 && wireType === WireType.LengthDelimited) value = reader.string(true);
    else if (field === 2 && wireType === WireType.Varint) value = reader.bool();
    else if (field === 3 && wireType === WireType.Varint) value = Number(reader.int64());
    else if (field === 4 && wireType === WireType.Bit64) value = doubleOf(reader.double(), depth);
    else if (field === 5 && wireType === WireType.LengthDelimited) value = readArray(reader, depth + 1);
    else if (field === 6 && wireType === WireType.LengthDelimited) value = readKeyValues(reader, depth + 1);
    else if (field === 7 && wireType === WireType.LengthDelimited) value = hex(reader.bytes());
    else return false;
    return true;
  });
  return value;
}

function readArray(reader: TraceReader, depth: number): OtlpValue[] {
  const values: OtlpValue[] = [];
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field !== 1 || wireType !== WireType.LengthDelimited) return false;
    values.push(readValue(reader, depth));
    return true;
  });
  return values;
}

function readKeyValues(reader: TraceReader, depth: number): OtlpAttributes {
  const attributes: OtlpAttributes = {};
  readMessage(reader, readEnd(reader), (field, wireType) => {
    if (field !== 1 || wireType !== WireType.LengthDelimited) return false;
    readKeyValue(reader, attributes, depth);
    return true;
  });
  return attributes;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
