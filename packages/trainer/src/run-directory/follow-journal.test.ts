import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followJournal } from './follow-journal.ts';
import { type JournalItem, JournalReader } from './journal-reader.ts';

let directory: string;
let path: string;
let stop: AbortController;
const followers: Follower[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(directory, 'journal.jsonl');
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await Promise.all(followers.splice(0).map((follower) => follower.close()));
  rmSync(directory, { recursive: true, force: true });
});

const line = (message: string): string => `${JSON.stringify({ time: 1, type: 'warning', message })}\n`;
const counter = (type: string, count: number): string => `${JSON.stringify({ time: 1, type, count })}\n`;

/** Short for what was read: the message or the counter of an event. */
function shown(item: JournalItem): string {
  if (item.type !== 'event') return item.type;
  const { type, message, count } = JSON.parse(item.data) as { type: string; message?: string; count?: number };
  return message ?? `${type} ${count}`;
}

/** Follows until `wanted` things were read. */
class Follower {
  readonly items: JournalItem[] = [];
  readonly #pieces: AsyncGenerator<readonly JournalItem[]>;

  constructor(after?: string) {
    this.#pieces = followJournal(directory, { after, signal: stop.signal });
    followers.push(this);
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async read(wanted: number): Promise<string[]> {
    while (this.items.length < wanted) {
      const { value, done } = await this.#pieces.next();
      if (done === true) break;
      this.items.push(...value);
    }
    return this.items.map(shown);
  }

  get lastId(): string {
    return (this.items.findLast(({ type }) => type === 'event') as { id: string }).id;
  }
}

describe('followJournal()', () => {
  it('reads what is there, says so, and goes on with what is added', async () => {
    writeFileSync(path, line('a') + line('b'));
    const follower = new Follower();
    expect(await follower.read(3)).toEqual(['a', 'b', 'caught-up']);
    appendFileSync(path, line('c'));
    expect(await follower.read(4)).toEqual(['a', 'b', 'caught-up', 'c']);
  });

  it('tells of what is added within 100 ms', async () => {
    writeFileSync(path, line('0'));
    const follower = new Follower();
    await follower.read(2);
    const delays: number[] = [];
    for (let n = 1; n <= 9; n += 1) {
      const start = performance.now();
      appendFileSync(path, line(String(n)));
      await follower.read(2 + n);
      delays.push(performance.now() - start);
    }
    // The shortest one: others may have the machine for a while. Whoever only looked now and then would be late each time.
    expect(Math.min(...delays)).toBeLessThan(100);
  });

  it('waits for a journal that is yet to be made', async () => {
    const follower = new Follower();
    expect(await follower.read(1)).toEqual(['caught-up']);
    writeFileSync(path, line('a'));
    expect(await follower.read(2)).toEqual(['caught-up', 'a']);
  });

  it('waits for the rest of a line that is half written', async () => {
    const whole = line('a längere line');
    writeFileSync(path, line('first') + whole.slice(0, 30));
    const follower = new Follower();
    expect(await follower.read(2)).toEqual(['first', 'caught-up']);
    appendFileSync(path, whole.slice(30));
    expect(await follower.read(3)).toEqual(['first', 'caught-up', 'a längere line']);
  });

  it('goes on behind the event that was read last, in another process as well', async () => {
    writeFileSync(path, line('a') + line('b') + line('c'));
    const first = new Follower();
    await first.read(4);
    appendFileSync(path, line('d'));
    const second = new Follower(first.lastId);
    expect(await second.read(2)).toEqual(['d', 'caught-up']);
    for (const item of first.items) {
      if (item.type !== 'event') continue;
      const later = new Follower(item.id);
      const messages = await later.read(1);
      expect(messages[0]).toBe({ a: 'b', b: 'c', c: 'd' }[shown(item)]);
    }
  });

  it('begins again when the file was written anew with other content', async () => {
    writeFileSync(path, line('a') + line('b'));
    const follower = new Follower();
    await follower.read(3);
    const id = follower.lastId;
    writeFileSync(`${path}.new`, line('x') + line('y') + line('z'));
    renameSync(`${path}.new`, path);
    expect((await follower.read(8)).slice(3)).toEqual(['reset', 'x', 'y', 'z', 'caught-up']);
    expect(await new Follower(id).read(5)).toEqual(['reset', 'x', 'y', 'z', 'caught-up']);
  });

  it('begins again when the file was cut, and for an id that is none', async () => {
    writeFileSync(path, line('a') + line('b'));
    const follower = new Follower();
    await follower.read(3);
    truncateSync(path, line('a').length);
    expect((await follower.read(6)).slice(3)).toEqual(['reset', 'a', 'caught-up']);
    for (const id of ['', '-', '7', '5-abc', '99999999999999-x', '../..', '1e3-x']) {
      expect(await new Follower(id).read(3)).toEqual(['reset', 'a', 'caught-up']);
    }
  });

  it('goes on when a kill had cut off the last line, and the file was written anew without it', async () => {
    writeFileSync(path, line('a') + line('b') + line('c').slice(0, 20));
    const follower = new Follower();
    await follower.read(3);
    writeFileSync(`${path}.new`, line('a') + line('b'));
    renameSync(`${path}.new`, path);
    appendFileSync(path, line('d'));
    expect(await follower.read(4)).toEqual(['a', 'b', 'caught-up', 'd']);
  });

  it('leaves out counters that a later one supersedes before the next other event, also over many pieces', async () => {
    const counters = (n: number): string => counter('rollouts', n) + counter('spend', n);
    const many = Array.from({ length: 20_000 }, (_, n) => counters(n)).join('');
    writeFileSync(path, counters(1) + counters(2) + line('a') + many + line('b') + counters(3));
    expect(await new Follower().read(9)).toEqual([
      ...['rollouts 2', 'spend 2', 'a', 'rollouts 19999', 'spend 19999', 'b', 'rollouts 3', 'spend 3'],
      'caught-up',
    ]);
  });

  it('passes over lines that are no events, and a line end of another kind stays inside of its event', async () => {
    writeFileSync(
      path,
      `${line('a')}nothing\n[1]\n\n"text"\n{"no":"type"}\n{"type":1}\n{"type":"warning",\r"message":"b"}\n`,
    );
    const follower = new Follower();
    expect(await follower.read(3)).toEqual(['a', 'b', 'caught-up']);
    for (const item of follower.items) if (item.type === 'event') expect(item.data).not.toMatch(/[\r\n]/);
  });

  it('ends when it is told to, also while it waits', async () => {
    const follower = new Follower();
    await follower.read(1);
    const reading = follower.read(2);
    stop.abort();
    expect(await reading).toEqual(['caught-up']);
  });
});

describe('JournalReader', () => {
  async function readAll(reader: JournalReader): Promise<string[]> {
    const items: JournalItem[] = [];
    for await (const piece of reader.read()) items.push(...piece);
    return items.map(shown);
  }

  it('passes over a line that is longer than any event', async () => {
    writeFileSync(path, line('a') + line('x'.repeat(5_000)) + line('b'));
    const reader = new JournalReader(path, undefined, 1_000);
    expect(await readAll(reader)).toEqual(['a', 'b']);
    appendFileSync(path, line('y'.repeat(900_000)));
    expect(await readAll(reader)).toEqual([]);
    appendFileSync(path, line('c'));
    expect(await readAll(reader)).toEqual(['c']);
  });

  it('has the same ids whatever the pieces are in which the file has grown', async () => {
    const lines = Array.from({ length: 50 }, (_, n) => line('ö'.repeat((n * 37) % 400)));
    const grown = new JournalReader(path);
    const ids: string[] = [];
    const collect = async (reader: JournalReader, into: string[]): Promise<void> => {
      for await (const piece of reader.read()) for (const item of piece) if (item.type === 'event') into.push(item.id);
    };
    for (const each of lines) {
      appendFileSync(path, each);
      await collect(grown, ids);
    }
    const atOnce: string[] = [];
    await collect(new JournalReader(path), atOnce);
    expect(ids).toEqual(atOnce);
    expect(new Set(ids).size).toBe(50);
  });
});
