import * as zlib from 'node:zlib';

/**
 * Undoes the content encodings of an HTTP body, which may end early: what can be decoded is. At most `maxBytes` come out, however
 * little went in.
 * @param contentEncoding - the header's value, e.g. `gzip` or `gzip, br`
 * @throws RangeError when it would be more, Error for an unknown encoding or damaged data
 */
export function decodeContent(body: Buffer, contentEncoding: string, maxBytes: number): Buffer {
  const encodings = contentEncoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  return encodings.reduceRight((bytes, encoding) => decode(bytes, encoding, maxBytes), body);
}

function decode(bytes: Buffer, encoding: string, maxOutputLength: number): Buffer {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush } = zlib.constants;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.gunzipSync(bytes, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
    case 'deflate': {
      // Some servers leave out the zlib wrapper; its first byte says (low four bits are 8).
      const inflate = ((bytes[0] ?? 0) & 0x0f) === 0x08 ? zlib.inflateSync : zlib.inflateRawSync;
      return inflate(bytes, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
    }
    case 'br':
      return zlib.brotliDecompressSync(bytes, { maxOutputLength, finishFlush: BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return zlib.zstdDecompressSync(bytes, { maxOutputLength, finishFlush: ZSTD_e_flush });
    default:
      throw new Error(`Cannot decode the response as its content encoding is unknown: ${encoding}`);
  }
}
