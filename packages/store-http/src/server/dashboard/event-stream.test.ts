import { describe, expect, it } from 'vitest';
import type { DashboardEvent } from './dashboard.ts';
import { eventStream } from './event-stream.ts';

async function* pieces(...events: DashboardEvent[]): AsyncGenerator<readonly DashboardEvent[]> {
  yield events;
}

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of stream) text += part;
  return text;
}

describe('eventStream()', () => {
  it('writes events with their ids, and what happens to the feed by name', async () => {
    const events = pieces({ type: 'reset' }, { type: 'event', id: '7-x', data: '{"a":1}' }, { type: 'caught-up' });
    expect(await textOf(eventStream(events, new AbortController().signal))).toBe(
      'retry: 1000\n: connected\n\n' +
        'event: reset\nid\ndata: {}\n\n' +
        'id: 7-x\ndata: {"a":1}\n\n' +
        'event: caught-up\ndata: {}\n\n',
    );
  });

  it('says that it is alive when nothing happens for long', async () => {
    const ended = new AbortController();
    const silent = (async function* (): AsyncGenerator<readonly DashboardEvent[]> {
      await new Promise((resolve) => ended.signal.addEventListener('abort', resolve));
      yield [];
    })();
    const stream = eventStream(silent, ended.signal, 1);
    await stream.next();
    expect((await stream.next()).value).toBe(': alive\n\n');
    expect((await stream.next()).value).toBe(': alive\n\n');
    ended.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it('asks for the next piece when the one before was taken, and for no more', async () => {
    let asked = 0;
    const endless = (async function* (): AsyncGenerator<readonly DashboardEvent[]> {
      for (;;) {
        asked += 1;
        yield [{ type: 'caught-up' }];
      }
    })();
    const stream = eventStream(endless, new AbortController().signal);
    for (let n = 0; n < 10; n += 1) await stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBeLessThanOrEqual(11);
    await stream.return(undefined);
  });

  it('fails with what its events fail with', async () => {
    const failing = (async function* (): AsyncGenerator<readonly DashboardEvent[]> {
      yield [{ type: 'caught-up' }];
      throw new Error('gone');
    })();
    await expect(textOf(eventStream(failing, new AbortController().signal))).rejects.toThrow('gone');
  });
});
