import type { IncomingMessage } from 'node:http';
import { ApiError } from '../chat/api-error.ts';

const maxBodyBytes = 32 * 1024 * 1024;

/**
 * The whole body of a request.
 * @throws ApiError 413 past 32 MiB
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new ApiError(413, `The request body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}
