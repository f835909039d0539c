import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { FeedState, RunFeed } from './run-feed.ts';

/** The feed of the page. */
export const FeedContext = createContext<RunFeed | null>(null);

/** What is known of the run; a component that uses it is drawn again when there is more. */
export function useFeed(): FeedState {
  const feed = useContext(FeedContext)!;
  const [state, setState] = useState(feed.state);
  useEffect(() => {
    setState(feed.state);
    return feed.subscribe(() => setState(feed.state));
  }, [feed]);
  return state;
}
