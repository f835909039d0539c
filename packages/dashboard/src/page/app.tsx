import { useEffect, useState } from 'preact/hooks';
import { AskToken } from './ask-token.tsx';
import { parseRoute, type Route, routeHash, VIEWS } from './route.ts';
import { RequestError, request } from './server/request.ts';

const TITLES = { search: 'Search', rollouts: 'Rollouts', workers: 'Workers', resources: 'Resources', run: 'Run' };

/** The frame around the views: it asks for the token if there is none, and shows what the address names. */
export function App() {
  const route = useRoute();
  const [access, setAccess] = useState<'unknown' | 'granted' | 'refused'>('unknown');
  const check = () => void isAdmitted().then((admitted) => setAccess(admitted ? 'granted' : 'refused'));
  useEffect(check, []);
  if (access === 'unknown') return null;
  if (access === 'refused') return <AskToken onToken={check} />;
  return (
    <>
      <header class="page-header">
        <strong>Agent Lightning</strong>
        {VIEWS.map((view) => (
          <a key={view} href={routeHash({ view })} aria-current={view === route.view ? 'page' : undefined}>
            {TITLES[view]}
          </a>
        ))}
      </header>
      <main>
        <h1>{TITLES[route.view]}</h1>
      </main>
    </>
  );
}

/** The route of the address, also after it has changed. */
function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
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
