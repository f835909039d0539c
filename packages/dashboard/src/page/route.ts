/** The views of the page. */
export const VIEWS = ['search', 'rollouts', 'workers', 'resources', 'run'] as const;

/** One of {@link VIEWS}. */
export type View = (typeof VIEWS)[number];

/** Those of which one thing can be opened: `#/rollouts/<id>`. */
const VIEWS_OF_THINGS: readonly View[] = ['search', 'rollouts', 'resources'];

/** What the page shows: a view, one of its things if it is opened, and how its list is filtered and sorted. */
export interface Route {
  /** `null`: there is no such page. */
  readonly view: View | null;
  /** The part after the view: in `#/rollouts/<id>` the rollout's id. */
  readonly id?: string;
  /** What follows `?`: `#/rollouts?status=failed`. */
  readonly query: URLSearchParams;
}

/**
 * Reads the fragment of an address.
 * @param hash - as `location.hash` has it
 * @returns `search` for a fragment that names nothing
 */
export function parseRoute(hash: string): Route {
  const [, path = '', query = ''] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const [name, ...rest] = path.split('/');
  const id = decoded(rest.join('/'));
  const named = name === '' && id === '' ? 'search' : VIEWS.find((candidate) => candidate === name);
  const view = named === undefined || (id !== '' && !VIEWS_OF_THINGS.includes(named)) ? null : named;
  return { view, query: new URLSearchParams(query), ...(id === '' ? {} : { id }) };
}

/** The fragment that {@link parseRoute} reads back, to be the `href` of a link. */
export function routeHash({ view, id, query }: { view: View; id?: string; query?: URLSearchParams }): string {
  const text = query?.toString() ?? '';
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id.toWellFormed())}`}${text === '' ? '' : `?${text}`}`;
}

/** Whoever writes an address by hand may forget to encode it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
