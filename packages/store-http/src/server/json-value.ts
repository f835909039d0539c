/** Makes values of the bytes of JSON. */
import { isAscii } from 'node:buffer';

const NEWLINE = 0x0a;
const COMMA = 0x2c;

/** Shorter ones are read as a whole: it is long texts that take long to make. */
const LONG_BYTES = 64 * 1024;

/** How a body begins whose only key holds a list, each item on a line of its own: `{"reports":[`. */
const LIST_HEAD = /^\{"([A-Za-z_]{1,40})":\[$/;
/** How it ends. */
const LIST_TAIL = '\n]}';

/**
 * The value of JSON in UTF-8. A long list whose items stand on lines of their own, as our client writes them, is read item by item: the same value, without
 * one text of everything.
 *
 * @throws SyntaxError
 */
export function parseJson(bytes: Buffer): unknown {
  // Of what is ASCII a text is made by copying.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  const list = bytes.length < LONG_BYTES ? undefined : parseLines(bytes, encoding);
  return list ?? JSON.parse(bytes.toString(encoding));
}

/**
 * Each item being JSON by itself, and all that stands between them being `,` and a newline, the whole is JSON and these are its items.
 * @returns `undefined` for anything else, be it JSON or not
 */
function parseLines(bytes: Buffer, encoding: 'latin1' | 'utf8'): unknown {
  const begin = bytes.indexOf(NEWLINE) + 1;
  if (begin === 0) return undefined;
  const end = bytes.length - LIST_TAIL.length;
  const [, key] = LIST_HEAD.exec(bytes.toString('latin1', 0, Math.min(begin - 1, 64))) ?? [];
  if (key === undefined || end < begin || bytes.toString('latin1', end) !== LIST_TAIL) return undefined;
  const items: unknown[] = [];
  try {
    for (let at = begin; at <= end; ) {
      const next = bytes.indexOf(NEWLINE, at);
      const isLast = next === end;
      if (!isLast && bytes[next - 1] !== COMMA) return undefined;
      items.push(JSON.parse(bytes.toString(encoding, at, isLast ? next : next - 1)));
      at = next + 1;
    }
  } catch {
    // Not written this way after all: whoever reads the whole finds out what is wrong, if anything is.
    return undefined;
  }
  return { [key]: items };
}
