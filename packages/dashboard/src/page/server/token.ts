/** Where the token is kept: for this tab, until it is closed. */
const KEY = 'agl-token';

/**
 * Takes the token out of an address such as `http://127.0.0.1:4747/#token=…`, keeps it for this tab, and cleans the address, so that it is neither
 * copied with a link nor kept in the browser's history. What follows `&`, as in `#token=…&/rollouts`, is the route to show.
 */
export function takeTokenFromAddress(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
  storage: Pick<Storage, 'setItem'>,
): void {
  const [, token, route = ''] = /^#token=([^&]+)&?(.*)$/s.exec(location.hash) ?? [];
  if (token === undefined) return;
  storage.setItem(KEY, decodeURIComponent(token));
  history.replaceState(null, '', `${location.pathname}${location.search}${route === '' ? '' : `#${route}`}`);
}

/** The token of this tab, if it has one. */
export function storedToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

/** Keeps what a user has typed in. */
export function storeToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}
