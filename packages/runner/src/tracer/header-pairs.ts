/** Reads headers in every form undici has: flat lists of names and values (text or bytes), objects, iterables of pairs. */
export function* headerPairs(headers: unknown): Generator<[name: string, value: string]> {
  if (typeof headers !== 'object' || headers === null) return;
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    for (let at = 0; at + 1 < headers.length; at += 2) yield [text(headers[at]), text(headers[at + 1])];
  } else if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) if (Array.isArray(pair)) yield [text(pair[0]), text(pair[1])];
  } else {
    for (const [name, value] of Object.entries(headers)) yield [name, text(value)];
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  return Array.isArray(value) ? value.map(text).join(', ') : String(value);
}
