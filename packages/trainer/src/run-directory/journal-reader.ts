/**
 * Reads a run's journal from where somebody left off. It is a file to which lines are added, by a process that may be killed in the middle of one; a run that goes on
 * may write the file anew, without lines that cannot be read. So a place in it is known by its offset and by what is before it.
 */
import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { CounterSieve } from './counter-sieve.ts';

/** What a reader comes upon. */
export type JournalItem =
  /** A line: an event with its time, as JSON without line ends. */
  | { readonly type: 'event'; readonly id: string; readonly data: string }
  /** What was read before is no longer what the file says: all begins again. */
  | { readonly type: 'reset' }
  /** All that was there has been read; what follows happens from now on. */
  | { readonly type: 'caught-up' };

/** So much is read at once, and lines may be so long; a longer one is no event of ours, and left out. */
const CHUNK_BYTES = 256 * 1024;
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** So much of the beginning, and of what is before a place, tells whether the file is the same. */
const MARK_BYTES = 256;
const NEW_LINE = 10;

/** A place in the file: behind a line end. */
interface Place {
  readonly offset: number;
  /** The first bytes of the file, and the last ones before the place. */
  readonly head: Buffer;
  readonly tail: Buffer;
}

const BEGINNING: Place = { offset: 0, head: Buffer.alloc(0), tail: Buffer.alloc(0) };

/** See the head of this file. */
export class JournalReader {
  readonly #path: string;
  readonly #maxLineBytes: number;
  #after: string | undefined;
  #place: Place = BEGINNING;

  /**
   * @param after - the id of the last event that somebody has read; one that is of another file makes all begin again
   * @param maxLineBytes - other than {@link MAX_LINE_BYTES} in tests alone
   */
  constructor(path: string, after?: string, maxLineBytes: number = MAX_LINE_BYTES) {
    this.#path = path;
    this.#maxLineBytes = maxLineBytes;
    this.#after = after;
  }

  /** Reads what has been added since, in pieces; nothing as long as there is no file. */
  async *read(): AsyncGenerator<readonly JournalItem[]> {
    const file = await openIfThere(this.#path);
    if (file === undefined) return;
    try {
      if (!(await this.#isSame(file))) {
        this.#place = BEGINNING;
        yield [{ type: 'reset' }];
      }
      const sieve = new CounterSieve<JournalItem>();
      for (let lines = await this.#nextLines(file); lines !== undefined; lines = await this.#nextLines(file)) {
        const items = this.#eventsIn(lines).flatMap(({ type, item }) => sieve.add(type, item));
        if (items.length > 0) yield items;
      }
      const rest = sieve.flush();
      if (rest.length > 0) yield rest;
    } finally {
      await file.close();
    }
  }

  /** Whether what is before the place is still there. */
  async #isSame(file: FileHandle): Promise<boolean> {
    if (this.#after !== undefined) {
      const offset = Number(/^(\d{1,15})-/.exec(this.#after)?.[1] ?? Number.NaN);
      const found = Number.isNaN(offset) ? undefined : await placeAt(file, offset);
      const isFound = found !== undefined && idOf(found) === this.#after;
      this.#after = undefined;
      if (isFound) this.#place = found;
      return isFound;
    }
    const { offset, head, tail } = this.#place;
    if (offset === 0) return true;
    const found = await placeAt(file, offset);
    return found?.head.equals(head) === true && found.tail.equals(tail);
  }

  /** The next whole lines, `undefined` if there are none (yet). */
  async #nextLines(file: FileHandle): Promise<Buffer | undefined> {
    const { offset } = this.#place;
    const max = this.#maxLineBytes;
    for (let size = Math.min(CHUNK_BYTES, max); ; size = Math.min(size * 4, max)) {
      const bytes = await readAt(file, offset, size);
      const end = bytes.lastIndexOf(NEW_LINE);
      if (end !== -1) return bytes.subarray(0, end + 1);
      if (bytes.length < size) return undefined;
      if (size === max) return await this.#skipLine(file, offset + bytes.length);
    }
  }

  /** Goes on behind a line that is too long. */
  async #skipLine(file: FileHandle, from: number): Promise<Buffer | undefined> {
    for (let offset = from; ; ) {
      const bytes = await readAt(file, offset, CHUNK_BYTES);
      const end = bytes.indexOf(NEW_LINE);
      if (end !== -1) {
        this.#place = (await placeAt(file, offset + end + 1)) ?? this.#place;
        return await this.#nextLines(file);
      }
      if (bytes.length < CHUNK_BYTES) return undefined;
      offset += bytes.length;
    }
  }

  /** What can be read of these lines. The place moves behind them. */
  #eventsIn(lines: Buffer): { readonly type: string; readonly item: JournalItem }[] {
    const before = this.#place;
    const head = Buffer.from(before.offset < MARK_BYTES ? Buffer.concat([before.head, lines]) : before.head).subarray(
      0,
      MARK_BYTES,
    );
    const context = Buffer.concat([before.tail, lines]);
    const placeBehind = (end: number): Place => {
      const offset = before.offset + end;
      const inContext = before.tail.length + end;
      const tail = context.subarray(Math.max(0, inContext - MARK_BYTES), inContext);
      return { offset, head: head.subarray(0, Math.min(offset, MARK_BYTES)), tail };
    };
    const events = [];
    for (let start = 0, end = 0; start < lines.length; start = end) {
      end = lines.indexOf(NEW_LINE, start) + 1;
      const text = lines.toString('utf8', start, end - 1);
      const type = typeOf(text);
      if (type === undefined) continue;
      // A line end of another kind would end the event on its way to a page.
      const data = text.includes('\r') ? JSON.stringify(JSON.parse(text)) : text;
      events.push({ type, item: { type: 'event', id: idOf(placeBehind(end)), data } as const });
    }
    const { offset, tail } = placeBehind(lines.length);
    // A copy: the piece that it is a part of may be large.
    this.#place = { offset, head, tail: Buffer.from(tail) };
    return events;
  }
}

function idOf({ offset, head, tail }: Place): string {
  return `${offset}-${hash('sha256', Buffer.concat([head, tail]), 'base64url').slice(0, 16)}`;
}

/** The place at an offset, `undefined` if the file is shorter. */
async function placeAt(file: FileHandle, offset: number): Promise<Place | undefined> {
  const length = Math.min(offset, MARK_BYTES);
  const head = await readAt(file, 0, length);
  const tail = await readAt(file, offset - length, length);
  return head.length === length && tail.length === length ? { offset, head, tail } : undefined;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

/** The type of the event that a line is; `undefined` for a line that is none, as after a write that a kill has cut off. */
function typeOf(line: string): string | undefined {
  try {
    const { type } = Object(JSON.parse(line)) as { type?: unknown };
    return typeof type === 'string' ? type : undefined;
  } catch {
    return undefined;
  }
}
