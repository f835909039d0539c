import type { DashboardEvent } from './dashboard.ts';

/** So often something is sent, in milliseconds: a client that hears nothing for longer knows that the server is gone, and the server that a client is. */
const HEARTBEAT_MS = 10_000;

/** An empty id makes the client forget the one it had. */
const TEXTS = { reset: 'event: reset\nid\ndata: {}\n\n', 'caught-up': 'event: caught-up\ndata: {}\n\n' };

/**
 * Writes events as server-sent ones. The next piece is asked for when the one before was taken, so that a client that is slow, or has stopped reading, makes nothing
 * pile up here.
 *
 * @param signal - ends it
 * @param heartbeatMs - other than {@link HEARTBEAT_MS} in tests alone
 */
export async function* eventStream(
  events: AsyncIterable<readonly DashboardEvent[]>,
  signal: AbortSignal,
  heartbeatMs: number = HEARTBEAT_MS,
): AsyncGenerator<string> {
  const pieces = events[Symbol.asyncIterator]();
  try {
    // So that the client knows at once that it is connected.
    yield 'retry: 1000\n: connected\n\n';
    let next = pieces.next();
    while (!signal.aborted) {
      const piece = await within(heartbeatMs, next);
      if (piece === undefined) {
        yield ': alive\n\n';
        continue;
      }
      if (piece.done === true) return;
      next = pieces.next();
      // It is awaited when this piece was taken; until then nobody must take its failure for one that nobody cares about.
      next.catch(() => {});
      yield piece.value.map(textOf).join('');
    }
  } finally {
    await pieces.return?.();
  }
}

function textOf(event: DashboardEvent): string {
  return event.type === 'event' ? `id: ${event.id}\ndata: ${event.data}\n\n` : TEXTS[event.type];
}

/** What a promise brings, `undefined` if that takes too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
