import { emptyRunView, type JournalEntry, type RunView, updateRunView } from '@agentlightning/core/run';
import { EventStreamParser, type StreamMessage } from '../server/event-stream.ts';
import { RequestError, request } from '../server/request.ts';
import { retryDelayMs } from './retry-delay.ts';

/** How the page stands with the server. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** It cannot be reached, or says nothing any more. `since` and `retryAt` as `Date.now()`; `retryAt` is `null` while it is being tried. */
  | { readonly kind: 'gone'; readonly since: number; readonly retryAt: number | null }
  /** The server serves a store, and no run. */
  | { readonly kind: 'no-run' }
  /** It takes the token no longer. */
  | { readonly kind: 'refused' };

/** What is known of the run, at one moment. */
export interface FeedState {
  readonly connection: Connection;
  readonly view: RunView;
  /** All events so far. The array grows: what is new is told by {@link entryCount}. */
  readonly entries: readonly JournalEntry[];
  readonly entryCount: number;
  /** Whether what happened so far has been read. */
  readonly isCaughtUp: boolean;
}

/** What a feed needs of its surroundings. */
export interface FeedEnvironment {
  /** Asks the server for events after one of them; `''` for all. */
  readonly open: (lastEventId: string, signal: AbortSignal) => Promise<Response>;
  /** Calls back when there is something new to draw, once for all changes up to then. */
  readonly onNextFrame: (draw: () => void) => void;
  /** From 0 to 1. */
  readonly random: () => number;
}

const PATH = 'v1/agl/run/events';

/** As long as that a browser does not answer: then it draws and listens, and goes on. */
const SLICE_MS = 8;
/** As long as without a frame, the page is taken to be hidden. */
const HIDDEN_FRAME_MS = 250;
/** The server sends something every 10 seconds, be it only a comment. */
const SILENCE_MS = 25_000;

/** The feed of the page. */
export function browserEnvironment(): FeedEnvironment {
  return {
    open: (lastEventId, signal) => {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastEventId !== '') headers['last-event-id'] = lastEventId;
      return request(PATH, { headers, signal, cache: 'no-store' });
    },
    onNextFrame: (draw) => {
      const drawOnce = () => {
        cancelAnimationFrame(frame);
        clearTimeout(timer);
        draw();
      };
      const frame = requestAnimationFrame(drawOnce);
      // A page that nobody sees gets no frames, and its title still says where the run stands.
      const timer = setTimeout(drawOnce, HIDDEN_FRAME_MS);
    },
    random: Math.random,
  };
}

/**
 * Follows the events of the run: from the beginning, and from where it broke off when the server comes back. Nothing that is in flight is lost or told twice, and the page is
 * drawn once per frame however many events come.
 */
export class RunFeed {
  readonly #environment: FeedEnvironment;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #entries: JournalEntry[] = [];
  #view: RunView = emptyRunView;
  #connection: Connection = { kind: 'connecting' };
  #isCaughtUp = false;
  #lastEventId = '';
  #state: FeedState;
  #isFrameDue = false;
  #retryNow: (() => void) | undefined;

  constructor(environment: FeedEnvironment) {
    this.#environment = environment;
    this.#state = this.#snapshot();
  }

  /** What is known, as of the last frame. The same object until there is more. */
  get state(): FeedState {
    return this.#state;
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tries a server that is gone at once. */
  retry(): void {
    this.#retryNow?.();
  }

  /** Ends {@link follow}. */
  close(): void {
    this.#closing.abort();
    this.#retryNow?.();
  }

  /** Follows the run until it is closed, the server has none, or refuses the token. */
  async follow(): Promise<void> {
    let attempt = 0;
    let since: number | undefined;
    while (!this.#closing.signal.aborted) {
      try {
        await this.#followOnce(() => {
          attempt = 0;
          since = undefined;
          this.#changed({ connection: { kind: 'live' } });
        });
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const status = error instanceof RequestError ? error.status : undefined;
        if (status === 401 || status === 404) {
          this.#changed({ connection: { kind: status === 401 ? 'refused' : 'no-run' } });
          return;
        }
      }
      // However it ended: a server that closes the stream is about to be gone, or is back in a moment.
      since ??= Date.now();
      const delay = retryDelayMs(attempt, this.#environment.random);
      attempt += 1;
      this.#changed({ connection: { kind: 'gone', since, retryAt: Date.now() + delay } });
      await this.#pause(delay);
      this.#changed({ connection: { kind: 'gone', since, retryAt: null } });
    }
  }

  async #followOnce(onOpen: () => void): Promise<void> {
    const aborting = new AbortController();
    const abort = () => aborting.abort();
    this.#closing.signal.addEventListener('abort', abort, { once: true });
    let silence = setTimeout(abort, SILENCE_MS);
    try {
      const response = await this.#environment.open(this.#lastEventId, aborting.signal);
      onOpen();
      const parser = new EventStreamParser();
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      while (true) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(abort, SILENCE_MS);
        await this.#take(parser.push(value));
      }
    } finally {
      clearTimeout(silence);
      this.#closing.signal.removeEventListener('abort', abort);
      aborting.abort();
    }
  }

  /** In slices, so that a long journal does not stop the page. */
  async #take(messages: readonly StreamMessage[]): Promise<void> {
    let start = performance.now();
    for (const message of messages) {
      this.#takeOne(message);
      if (performance.now() - start < SLICE_MS) continue;
      this.#changed();
      await nextTask();
      start = performance.now();
    }
    this.#changed();
  }

  #takeOne({ event, data, lastEventId }: StreamMessage): void {
    if (event === 'caught-up') {
      this.#isCaughtUp = true;
    } else if (event === 'reset') {
      this.#entries = [];
      this.#view = emptyRunView;
      this.#isCaughtUp = false;
    } else {
      const entry = parseEntry(data);
      if (entry !== undefined) {
        this.#entries.push(entry);
        this.#view = viewAfter(this.#view, entry);
      }
    }
    this.#lastEventId = lastEventId;
  }

  #changed(change: { readonly connection?: Connection } = {}): void {
    this.#connection = change.connection ?? this.#connection;
    if (this.#isFrameDue) return;
    this.#isFrameDue = true;
    this.#environment.onNextFrame(() => {
      this.#isFrameDue = false;
      this.#state = this.#snapshot();
      for (const listener of this.#listeners) listener();
    });
  }

  #snapshot(): FeedState {
    return {
      connection: this.#connection,
      view: this.#view,
      entries: this.#entries,
      entryCount: this.#entries.length,
      isCaughtUp: this.#isCaughtUp,
    };
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#retryNow = resolve;
    await promise;
    clearTimeout(timer);
    this.#retryNow = undefined;
  }
}

/** An event of a shape that is not known here, as another version may write it, is among the events, and changes nothing else. */
function viewAfter(view: RunView, entry: JournalEntry): RunView {
  try {
    return updateRunView(view, entry, entry.time);
  } catch {
    return view;
  }
}

/** A line that is no event of ours is left out: a newer server may send what this page does not know. */
function parseEntry(data: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(data) as JournalEntry | null;
    return typeof entry === 'object' && typeof entry?.type === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Behind whatever the browser has to do. Unlike with `setTimeout()`, not after four milliseconds. */
function nextTask(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(null);
  return promise;
}
