import { describe, expect, it, onTestFinished } from 'vitest';
import { RequestError } from '../server/request.ts';
import { type FeedState, RunFeed } from './run-feed.ts';

type Opened = { readonly after: string; send(text: string): void; end(): void };

/** A feed whose server is the test, and which draws whenever there is something to. */
function followed(answer: (after: string) => 'open' | number = () => 'open') {
  const opened: Opened[] = [];
  const waiting: ((stream: Opened) => void)[] = [];
  const feed = new RunFeed({
    open: async (after) => {
      const status = answer(after);
      if (status !== 'open') throw new RequestError(status === 0 ? undefined : status, 'refused');
      const { readable, writable } = new TransformStream<Uint8Array>();
      const writer = writable.getWriter();
      const stream: Opened = {
        after,
        send: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => {}),
        end: () => void writer.close().catch(() => {}),
      };
      opened.push(stream);
      waiting.shift()?.(stream);
      return new Response(readable);
    },
    onNextFrame: (draw) => queueMicrotask(draw),
    random: () => 0,
  });
  const done = feed.follow();
  onTestFinished(() => feed.close());
  const until = async (isSo: (state: FeedState) => boolean): Promise<FeedState> => {
    while (!isSo(feed.state)) {
      await new Promise<void>((resolve) => {
        const end = feed.subscribe(() => {
          end();
          resolve();
        });
      });
    }
    return feed.state;
  };
  const nextStream = () => new Promise<Opened>((resolve) => void waiting.push(resolve));
  return { feed, opened, done, until, nextStream };
}

const warning = (id: number) => `id: ${id}\ndata: {"time":${id},"type":"warning","message":"w${id}"}\n\n`;
const warningsOf = (state: FeedState) => state.view.warnings;

describe('the feed of a run', () => {
  it('tells what happened, and when all that had happened was told', async () => {
    const { opened, until } = followed();
    await until(({ connection }) => connection.kind === 'live');
    opened[0]!.send(`${warning(1)}${warning(2)}`);
    expect((await until(({ entryCount }) => entryCount === 2)).isCaughtUp).toBe(false);
    opened[0]!.send('event: caught-up\ndata: {}\n\n');
    expect(warningsOf(await until(({ isCaughtUp }) => isCaughtUp))).toEqual(['w1', 'w2']);
  });

  it('says that the server is gone, keeps what it knows, and goes on behind the last event', async () => {
    const { feed, opened, until, nextStream } = followed();
    await until(({ connection }) => connection.kind === 'live');
    opened[0]!.send(`${warning(1)}${warning(2)}`);
    await until(({ entryCount }) => entryCount === 2);
    const next = nextStream();
    opened[0]!.end();
    const gone = await until(({ connection }) => connection.kind === 'gone' && connection.retryAt !== null);
    expect(gone.entryCount).toBe(2);
    feed.retry();
    const again = await next;
    expect(again.after).toBe('2');
    again.send(warning(3));
    const state = await until(({ entryCount }) => entryCount === 3);
    expect(state.connection.kind).toBe('live');
    expect(warningsOf(state)).toEqual(['w1', 'w2', 'w3']);
  });

  it('begins anew when the events are those of another run', async () => {
    const { opened, until } = followed();
    await until(({ connection }) => connection.kind === 'live');
    opened[0]!.send(`${warning(1)}event: reset\nid\ndata: {}\n\n${warning(7)}`);
    expect(warningsOf(await until(({ view }) => view.warnings.includes('w7')))).toEqual(['w7']);
  });

  it('tries again, later each time, and says since when', async () => {
    let tries = 0;
    const { feed, until } = followed(() => {
      tries += 1;
      return 0;
    });
    const delays: number[] = [];
    let since: number | undefined;
    while (delays.length < 6) {
      const { connection } = await until(({ connection: now }) => now.kind === 'gone' && now.retryAt !== null);
      if (connection.kind !== 'gone') throw new Error('unreachable');
      since ??= connection.since;
      expect(connection.since).toBe(since);
      delays.push(Math.round((connection.retryAt! - Date.now()) / 100) * 100);
      const before = tries;
      feed.retry();
      await expect.poll(() => tries).toBeGreaterThan(before);
      await until((state) => state.connection !== connection);
    }
    // Three quarters of half a second, and then twice as long each time, up to ten seconds.
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThan(Math.min(7500, 375 * 2 ** index) * 0.5);
      expect(delay).toBeLessThanOrEqual(7500);
    }
  });

  it.each([
    [401, 'refused'],
    [404, 'no-run'],
  ] as const)('ends at the answer %i: %s', async (status, kind) => {
    const { done, until } = followed(() => status);
    await done;
    expect((await until(({ connection }) => connection.kind !== 'connecting')).connection).toEqual({ kind });
  });

  it('goes on behind an event that another version wrote in another way', async () => {
    const { opened, until } = followed();
    await until(({ connection }) => connection.kind === 'live');
    opened[0]!.send(
      `data: {"time":1,"type":"algorithm-event"}\n\ndata: {"time":1,"type":"evaluation-ended"}\n\n${warning(1)}`,
    );
    expect((await until(({ view }) => view.warnings.length === 1)).entryCount).toBe(3);
  });

  it('leaves out what is no event', async () => {
    const { opened, until } = followed();
    await until(({ connection }) => connection.kind === 'live');
    opened[0]!.send(
      `data: {"no json\n\ndata: null\n\ndata: 7\n\ndata: {"type":"of-the-future","time":1}\n\n${warning(1)}`,
    );
    const state = await until(({ view }) => view.warnings.length === 1);
    expect(state.entryCount).toBe(2);
  });
});
