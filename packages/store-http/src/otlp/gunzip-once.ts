import { promisify } from 'node:util';
import { crc32, type InflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import { RequestRefusedError } from '../server/request-refused-error.ts';

/**
 * A body of more than a mebibyte may be this many times as large as what was sent. Spans that repeat each other's
 * prompts stay below 100; zeros reach 1,000.
 */
const MAX_RATIO = 128;
const FREE_BYTES = 1024 ** 2;
const TRAILER_BYTES = 8;

type Inflated = { readonly buffer: Buffer; readonly engine: InflateRaw };
// With `info` the answer is not the buffer that the types promise.
const inflate = promisify(inflateRaw) as unknown as (bytes: Buffer, options: ZlibOptions) => Promise<Inflated>;

/**
 * Unpacks exactly one gzip member that is the whole of `bytes`. Node's own reader also takes several members and leaves
 * the checks of what follows the first to the caller.
 *
 * A member ends with its unpacked length. One that says too much is not begun, and none gets to unpack more than it
 * says, piece by piece: a bomb costs the memory of what it admits to, which is little or over the limit.
 *
 * @throws RequestRefusedError with 413 for more than `maxBytes` or a ratio beyond {@link MAX_RATIO}, 400 or 413 for anything but one
 * whole member: what is cut short may say any length
 */
export async function gunzipOnce(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const body = bytes.subarray(headerLength(bytes));
  if (body.length < TRAILER_BYTES) throw broken('it is cut short');
  const length = body.readUInt32LE(body.length - 4);
  const limit = Math.min(maxBytes, Math.max(FREE_BYTES, bytes.length * MAX_RATIO));
  if (length > limit) throw tooLarge(limit);
  const options = { info: true, maxOutputLength: Math.max(1, length), chunkSize: Math.min(length + 64, FREE_BYTES) };
  const { buffer, engine } = await inflate(body, options).catch(refuse);
  const trailer = body.subarray(engine.bytesWritten);
  if (trailer.length < TRAILER_BYTES) throw broken('it is cut short');
  if (trailer.length > TRAILER_BYTES) throw broken('something follows its one member');
  if (buffer.length !== length || trailer.readUInt32LE(0) !== crc32(buffer)) throw broken('its checksum is wrong');
  return buffer;
}

function refuse(error: unknown): never {
  const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
  if (isTooLarge) throw new RequestRefusedError(413, 'The body unpacks to more than it says');
  throw broken('it is damaged or cut short', error);
}

const HEADER_BYTES = 10;
const [HAS_CHECKSUM, HAS_EXTRA, HAS_NAME, HAS_COMMENT, RESERVED] = [2, 4, 8, 16, 0xe0];

/** Length of the header of a gzip member, RFC 1952 §2.3. */
function headerLength(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== 0x1f8b || bytes[2] !== 8) {
    throw broken('it does not begin like one');
  }
  const flags = bytes[3] as number;
  if ((flags & RESERVED) !== 0) throw broken('its header has unknown flags');
  let end = HEADER_BYTES;
  if ((flags & HAS_EXTRA) !== 0) end += 2 + (end + 2 <= bytes.length ? bytes.readUInt16LE(end) : 0);
  for (const flag of [HAS_NAME, HAS_COMMENT]) if ((flags & flag) !== 0) end = bytes.indexOf(0, end) + 1 || bytes.length;
  if ((flags & HAS_CHECKSUM) !== 0) end += 2;
  if (end >= bytes.length) throw broken('it is cut short');
  return end;
}

/** The refusal of a body beyond `maxBytes`. */
export function tooLarge(maxBytes: number): RequestRefusedError {
  return new RequestRefusedError(413, `The body is larger than ${maxBytes} bytes`);
}

function broken(why: string, cause?: unknown): RequestRefusedError {
  const error = new RequestRefusedError(400, `Unable to unpack the gzip body: ${why}`);
  error.cause = cause;
  return error;
}
