import './connection-banner.css';
import { useContext, useEffect, useState } from 'preact/hooks';
import { formatTime } from '../components/format.ts';
import { FeedContext, useFeed } from '../feed/use-feed.ts';
import { isOver } from './status-text.ts';

/** Says that the server is gone, since when, and when it is tried again. What was known stays on the page. */
export function ConnectionBanner() {
  const feed = useContext(FeedContext)!;
  const { connection, view } = useFeed();
  const isGone = connection.kind === 'gone';
  const now = useNow(isGone);
  if (!isGone) return null;
  const { since, retryAt } = connection;
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <div class="connection-banner" role="alert">
      <span>
        <strong>The server is gone</strong> since {formatTime(since / 1000)}.{' '}
        {isOver(view)
          ? 'The run had ended: this is all of it.'
          : 'The run may go on without it; what you see is as of then.'}
      </span>
      {/* Counts down: not to be read out each second. */}
      <span aria-live="off" class="connection-retry">
        {retryAt === null || seconds === 0 ? 'Trying again …' : `Trying again in ${seconds} s`}
      </span>
      <button type="button" onClick={() => feed.retry()}>
        Try now
      </button>
    </div>
  );
}

/** `Date.now()`, twice a second while it is needed. */
function useNow(isNeeded: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isNeeded) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return now;
}
