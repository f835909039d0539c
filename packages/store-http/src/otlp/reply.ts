/** The answers of an OTLP receiver: `ExportTraceServiceResponse`, or `google.rpc.Status` for what was refused. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** How a request came, and so how it is answered. */
export type OtlpFormat = 'protobuf' | 'json';

/** The content type of each format. */
export const CONTENT_TYPES: Readonly<Record<OtlpFormat, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** A long list of reasons helps nobody; exporters log this text. */
const MAX_MESSAGE_LENGTH = 1_000;

/** The answer to an export of which something was stored, or nothing was wrong. Nothing rejected is the empty message. */
export function exportReply(format: OtlpFormat, rejectedSpans: number, message: string): Uint8Array {
  const errorMessage = message.slice(0, MAX_MESSAGE_LENGTH);
  if (format === 'json') {
    const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage };
    return Buffer.from(JSON.stringify(rejectedSpans === 0 ? {} : { partialSuccess }));
  }
  if (rejectedSpans === 0) return new Uint8Array();
  const partialSuccess = new BinaryWriter()
    .tag(1, WireType.Varint)
    .int64(rejectedSpans)
    .tag(2, WireType.LengthDelimited)
    .string(errorMessage)
    .finish();
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(partialSuccess).finish();
}

/** The answer to a request that was refused. As upstream's, its code stays 0: the HTTP status says more. */
export function statusReply(format: OtlpFormat, message: string): Uint8Array {
  if (format === 'json') return Buffer.from(JSON.stringify({ message }));
  return new BinaryWriter().tag(2, WireType.LengthDelimited).string(message).finish();
}
