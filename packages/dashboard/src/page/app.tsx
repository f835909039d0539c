import { useEffect, useRef, useState } from 'preact/hooks';
import { AskToken } from './ask-token.tsx';
import { ScoreLabel } from './components/score.tsx';
import { RunDetailsContext, useReadRunDetails } from './feed/run-details.ts';
import { browserEnvironment, RunFeed } from './feed/run-feed.ts';
import { FeedContext, useFeed } from './feed/use-feed.ts';
import { ResourcesView } from './resources/resources-view.tsx';
import { RolloutsView } from './rollouts/rollouts-view.tsx';
import type { Route } from './route.ts';
import { RunView } from './run/run-view.tsx';
import { SearchView } from './search/search-view.tsx';
import { RequestError, request } from './server/request.ts';
import { Announcer } from './shell/announcer.tsx';
import { ConnectionBanner } from './shell/connection-banner.tsx';
import { Header } from './shell/header.tsx';
import { NoSuchPage } from './shell/no-such-page.tsx';
import './shell/page-frame.css';
import { isOver, runState, statusText } from './shell/status-text.ts';
import { TITLES } from './shell/titles.ts';
import { ViewBoundary } from './shell/view-boundary.tsx';
import { useRoute } from './use-route.ts';
import { WorkersView } from './workers/workers-view.tsx';

/** The whole page: it asks for the token if there is none, and then follows the run and shows what the address names. */
export function App() {
  const [access, setAccess] = useState<'unknown' | 'granted' | 'refused'>('unknown');
  const check = async () => {
    const admitted = await isAdmitted();
    setAccess(admitted ? 'granted' : 'refused');
    return admitted;
  };
  useEffect(() => void check(), []);
  if (access === 'unknown') return null;
  if (access === 'refused') return <AskToken onToken={check} />;
  return <Page onRefused={() => setAccess('refused')} />;
}

function Page({ onRefused }: { onRefused: () => void }) {
  const [feed] = useState(() => new RunFeed(browserEnvironment()));
  useEffect(() => {
    void feed.follow();
    // A machine that wakes up, or has its network back, does not wait for the next try.
    const retry = () => feed.retry();
    addEventListener('online', retry);
    return () => {
      removeEventListener('online', retry);
      feed.close();
    };
  }, [feed]);
  return (
    <FeedContext.Provider value={feed}>
      <Frame onRefused={onRefused} />
    </FeedContext.Provider>
  );
}

function Frame({ onRefused }: { onRefused: () => void }) {
  const route = useRoute();
  const { connection, view } = useFeed();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    if (connection.kind === 'refused') onRefused();
  }, [connection.kind, onRefused]);
  const details = useReadRunDetails(connection.kind === 'live', isOver(view));
  const title = `${view.runId === null ? '' : `${runState(view, details?.status).word} · ${statusText(view)} · `}Agent Lightning`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useFocusOnView(route.view);
  return (
    <RunDetailsContext.Provider value={details}>
      <ScoreLabel.Provider value={view.label}>
        {/* No link: the fragment of the address is the route. */}
        <button type="button" class="skip-link primary" onClick={() => main.current?.focus()}>
          Skip to the content
        </button>
        <Header current={route.view} />
        <Announcer />
        <main id="main" tabIndex={-1} ref={main}>
          {/* Another view is tried even if this one could not be drawn. */}
          <ViewBoundary key={route.view} title={route.view === null ? 'No such page' : TITLES[route.view]}>
            <ShownView route={route} />
          </ViewBoundary>
        </main>
        <ConnectionBanner />
      </ScoreLabel.Provider>
    </RunDetailsContext.Provider>
  );
}

function ShownView({ route }: { route: Route }) {
  switch (route.view) {
    case 'search':
      return <SearchView route={route} />;
    case 'rollouts':
      return <RolloutsView route={route} />;
    case 'workers':
      return <WorkersView route={route} />;
    case 'resources':
      return <ResourcesView route={route} />;
    case 'run':
      return <RunView />;
    case null:
      return <NoSuchPage />;
    default:
      return route.view satisfies never;
  }
}

/** Another view is another page to those who hear it: they go on at its heading. */
function useFocusOnView(view: Route['view']): void {
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    document.querySelector<HTMLElement>('#view-title')?.focus();
  }, [view]);
}

/** Whether the server takes the token that there is, or asks for none. A server that is gone is no reason to ask for another token. */
async function isAdmitted(): Promise<boolean> {
  try {
    await request('v1/agl/statistics');
    return true;
  } catch (error) {
    return !(error instanceof RequestError && error.status === 401);
  }
}
