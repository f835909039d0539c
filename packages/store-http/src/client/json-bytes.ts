/** Writes request bodies: short ones as a text, lists into memory that is used again. */
import { checkJson, jsonText } from './json-text.ts';

/** Buffers of at most this are kept for the next body, and so many of them. */
const KEPT_BYTES = 1024 ** 2;
const KEPT_BUFFERS = 2;
const FIRST_BYTES = 256 * 1024;

/** A body that was written. */
export interface WrittenBody {
  readonly content: string | Buffer;
  /** Gives the memory back. Only for a body that nobody is going to read any more. */
  readonly release: () => void;
}

/**
 * Writes bodies one after the other. A list of many items, the only thing in its body, is written with each on a line of its own. That is the same JSON, and neither side
 * needs to make one text of it: for a large text the system finds new memory each time, which takes longer than writing it.
 */
export class JsonWriter {
  readonly #free: Buffer[] = [];

  /** @throws LightningError `INVALID_ARGUMENT` as `jsonText()` */
  write(body: unknown): WrittenBody {
    const list = onlyList(body);
    if (list === undefined) return { content: jsonText(body), release: () => {} };
    checkJson(body);
    let buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
    let end = 0;
    const append = (text: string): void => {
      if (end + 3 * text.length > buffer.length) buffer = withRoom(buffer, end, Buffer.byteLength(text));
      end += buffer.write(text, end);
    };
    append(`{${JSON.stringify(list.key)}:[\n`);
    list.items.forEach((item, index) => {
      append(JSON.stringify(item));
      append(index < list.items.length - 1 ? ',\n' : '\n]}');
    });
    return { content: buffer.subarray(0, end), release: () => this.#keep(buffer) };
  }

  #keep(buffer: Buffer): void {
    if (buffer.length <= KEPT_BYTES && this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
  }
}

/** The list of two items or more that is all there is in a body. */
function onlyList(body: unknown): { readonly key: string; readonly items: readonly unknown[] } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const [[key, items] = ['', undefined], another] = Object.entries(body) as [string, unknown][];
  return another === undefined && Array.isArray(items) && items.length > 1 ? { key, items } : undefined;
}

/** The same bytes up to `end` in a buffer that has room for `size` more. */
function withRoom(buffer: Buffer, end: number, size: number): Buffer {
  if (end + size <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, end + size));
  buffer.copy(larger, 0, 0, end);
  return larger;
}
