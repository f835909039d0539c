import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { retryDelayMs } from '../feed/retry-delay.ts';
import { FeedContext, useFeed } from '../feed/use-feed.ts';
import { RequestError } from '../server/request.ts';
import { isOver } from '../shell/status-text.ts';

/** How often something is asked for again while it may change. */
const EVERY_MS = 3000;

/** Whoever looks on takes no more of the server's time than this share of it, however long an answer takes. */
const MAX_SHARE = 0.05;

/** What was fetched, and how it stands. */
export interface Polled<T> {
  /** The last answer; `undefined` before the first. */
  readonly data: T | undefined;
  /** Why there is none, or none that is new; `undefined` after an answer. */
  readonly error: RequestError | undefined;
  /** When the last answer came, as `Date.now()`. */
  readonly fetchedAt: number | undefined;
  /** Asks again at once. */
  readonly refresh: () => void;
}

/** Whether what the store holds may change: a run is going on, or the store serves whoever comes. */
export function useIsLive(): boolean {
  const { connection, view } = useFeed();
  return connection.kind === 'no-run' || (connection.kind === 'live' && !isOver(view));
}

/**
 * Fetches something, and again every few seconds while it may change and the page is seen. An answer that fails is asked for again, later and later, until the
 * server is back.
 *
 * @param key - what is fetched: with another key it begins anew
 * @param fetch - is given a signal that ends it
 * @param when - `live`: while {@link useIsLive}; `never`: once; `news`: as `live`, and only if the run has told of something since
 */
export function usePolled<T>(
  key: string,
  fetch: (signal: AbortSignal) => Promise<T>,
  when: 'live' | 'news' | 'never' = 'live',
): Polled<T> {
  const [answer, setAnswer] = useState<{ key: string } & Omit<Polled<T>, 'refresh'>>();
  const isLive = useIsLive();
  const feed = useContext(FeedContext)!;
  const latest = useRef({ fetch, when, isLive });
  latest.current = { fetch, when, isLive };
  const poller = useRef<{ now: () => void } | undefined>(undefined);
  useEffect(() => {
    const own = startPolling<T>({
      fetch: (signal) => latest.current.fetch(signal),
      isDue: (known) => {
        const { when: mode, isLive: live } = latest.current;
        return (
          live &&
          mode !== 'never' &&
          (mode === 'live' || feed.state.entryCount !== known || feed.state.connection.kind === 'no-run')
        );
      },
      newsCount: () => feed.state.entryCount,
      onAnswer: (data) => setAnswer({ key, data, error: undefined, fetchedAt: Date.now() }),
      onError: (error) =>
        setAnswer((before) => {
          const known = before?.key === key ? before : undefined;
          return { key, data: known?.data, error, fetchedAt: known?.fetchedAt };
        }),
    });
    poller.current = own;
    return () => own.stop();
  }, [key, feed]);
  // What begins to be live is asked for at once, and once more when it has ended.
  const wasLive = useRef(isLive);
  useEffect(() => {
    if (wasLive.current !== isLive) poller.current?.now();
    wasLive.current = isLive;
  }, [isLive]);
  const own = answer?.key === key ? answer : undefined;
  return {
    data: own?.data,
    error: own?.error,
    fetchedAt: own?.fetchedAt,
    refresh: () => poller.current?.now(),
  };
}

interface Polling<T> {
  readonly fetch: (signal: AbortSignal) => Promise<T>;
  /** Whether there may be something new since there were so many news. */
  readonly isDue: (newsKnown: number) => boolean;
  readonly newsCount: () => number;
  readonly onAnswer: (data: T) => void;
  readonly onError: (error: RequestError) => void;
}

function startPolling<T>({ fetch, isDue, newsCount, onAnswer, onError }: Polling<T>): {
  now: () => void;
  stop: () => void;
} {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  let newsKnown = -1;
  let failures = 0;
  let isStopped = false;

  const again = (ms: number) => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(due, ms);
  };
  const due = () => {
    if (document.hidden || (failures === 0 && !isDue(newsKnown))) again(EVERY_MS);
    else void ask();
  };
  const ask = async () => {
    asking?.abort();
    const own = new AbortController();
    asking = own;
    clearTimeout(timer);
    newsKnown = newsCount();
    const start = performance.now();
    try {
      const data = await fetch(own.signal);
      if (own.signal.aborted) return;
      failures = 0;
      onAnswer(data);
      again(Math.max(EVERY_MS, (performance.now() - start) / MAX_SHARE));
    } catch (error) {
      if (own.signal.aborted) return;
      onError(
        error instanceof RequestError
          ? error
          : new RequestError(undefined, 'The answer cannot be read', { cause: error }),
      );
      again(retryDelayMs(failures, Math.random));
      failures += 1;
    }
  };
  const onVisible = () => {
    if (!document.hidden && (failures > 0 || isDue(newsKnown))) void ask();
  };
  document.addEventListener('visibilitychange', onVisible);
  void ask();
  return {
    now: () => void ask(),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      asking?.abort();
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}
