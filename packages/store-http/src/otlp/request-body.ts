/** Reads the body of an OTLP request: as it is, or gzipped once; never more of it than a limit. */
import type { Readable } from 'node:stream';
import { RequestRefusedError } from '../server/request-refused-error.ts';
import { gunzipOnce, tooLarge } from './gunzip-once.ts';

/**
 * The bytes of a body, unpacked.
 * @param stream - absent for a request without body
 * @param contentEncoding - the header's value: `gzip` in any case, `identity`, or none
 * @param maxBytes - of what comes over the network as well as of what it unpacks to
 * @throws RequestRefusedError with 413 for what is too large or swells too much, 400 for a broken gzip stream, 415 for another
 * encoding, also `gzip, gzip`
 */
export async function readOtlpBody(
  stream: Readable | undefined,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity' && encoding !== 'gzip') {
    throw new RequestRefusedError(415, `Unsupported Content-Encoding '${encoding.slice(0, 100)}', expected 'gzip'`);
  }
  const bytes = stream === undefined ? Buffer.alloc(0) : await collect(stream, maxBytes);
  // An empty body is an empty request, whatever its headers say.
  return encoding === 'gzip' && bytes.length > 0 ? gunzipOnce(bytes, maxBytes) : bytes;
}

async function collect(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
