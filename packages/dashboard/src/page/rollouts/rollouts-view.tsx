import { useEffect, useMemo, useState } from 'preact/hooks';
import { countOf, formatCount } from '../components/format.ts';
import { EmptyState, Loading } from '../components/notice.tsx';
import { ViewLayout } from '../components/view-layout.tsx';
import { useFeed } from '../feed/use-feed.ts';
import { useRunEnded } from '../feed/use-run-ended.ts';
import { parseRoute, type Route, routeHash } from '../route.ts';
import {
  addressOfFilters,
  countFilters,
  filtersOfAddress,
  NO_FILTERS,
  type RolloutFilters,
} from '../store/rollout-filters.ts';
import { Unreachable } from '../store/unreachable.tsx';
import { FilterBar } from './filter-bar.tsx';
import { RolloutGrid } from './rollout-grid.tsx';
import { CHUNK } from './rollout-rows.ts';
import { RolloutView } from './rollout-view.tsx';
import { useRolloutRows } from './use-rollout-rows.ts';

/** All rollouts, or the one that the address names. */
export function RolloutsView({ route }: { route: Route }) {
  return route.id === undefined ? (
    <RolloutList query={route.query} />
  ) : (
    <RolloutView key={route.id} rolloutId={route.id} query={route.query} />
  );
}

function RolloutList({ query }: { query: URLSearchParams }) {
  const filters = useMemo(() => filtersOfAddress(query), [query]);
  const firstRow = (pageOf(query) - 1) * CHUNK;
  const shown = useRolloutRows(filters, firstRow);
  const { total } = shown.rows;
  const { view } = useFeed();
  const versions = useMemo(
    () => new Map(view.candidates.map(({ resourcesId, version }) => [resourcesId ?? '', version])),
    [view.candidates],
  );
  const [page, setPage] = useState(pageOf(query));
  useEffect(() => setPage(pageOf(query)), [query]);
  const change = (changed: Partial<RolloutFilters>) => {
    // Of the address as it is now: another change may not have been drawn yet.
    const current = filtersOfAddress(parseRoute(location.hash).query);
    location.hash = routeHash({ view: 'rollouts', query: addressOfFilters({ ...current, ...changed }) });
  };
  return (
    <ViewLayout
      title="Rollouts"
      beside={<span class="muted">{total === undefined ? '' : countText(total, filters)}</span>}
    >
      <FilterBar filters={filters} evaluations={view.evaluations} candidates={view.candidates} onChange={change} />
      <Unreachable polled={{ ...shown.polled, data: total === undefined ? undefined : true }} />
      {total === 0 ? <NothingFound filters={filters} /> : null}
      {total === undefined && shown.polled.error === undefined ? <Loading what="Asking for the rollouts" /> : null}
      {total === undefined || total === 0 ? null : (
        <>
          <RolloutGrid
            shown={shown}
            filters={filters}
            firstRow={firstRow}
            versions={versions}
            onSort={(sort) =>
              change({ sort, isDescending: sort === filters.sort ? !filters.isDescending : sort !== 'status' })
            }
            onFirstRow={(index) => {
              const next = Math.floor(index / CHUNK) + 1;
              setPage(next);
              rememberPage(filters, next);
            }}
          />
          <Pager page={page} total={total} filters={filters} />
        </>
      )}
    </ViewLayout>
  );
}

function NothingFound({ filters }: { filters: RolloutFilters }) {
  const isEnded = useRunEnded();
  if (countFilters(filters) === 0) {
    return isEnded ? (
      <EmptyState title="No rollouts">The run ended before it enqueued any.</EmptyState>
    ) : (
      <EmptyState title="No rollouts yet">They appear here as soon as an algorithm enqueues some.</EmptyState>
    );
  }
  return (
    <EmptyState title="No rollout matches">
      <a href={routeHash({ view: 'rollouts', query: addressOfFilters({ ...NO_FILTERS, sort: filters.sort }) })}>
        Show all
      </a>
    </EmptyState>
  );
}

function Pager({ page, total, filters }: { page: number; total: number; filters: RolloutFilters }) {
  const pages = Math.max(1, Math.ceil(total / CHUNK));
  const goTo = (next: number) => {
    location.hash = pageHash(filters, next);
  };
  return (
    <nav class="pager" aria-label="Pages">
      <span class="muted small">
        Rows {formatCount((page - 1) * CHUNK + 1)} – {formatCount(Math.min(total, page * CHUNK))} of{' '}
        {formatCount(total)}
      </span>
      <button type="button" disabled={page <= 1} onClick={() => goTo(1)}>
        First
      </button>
      <button type="button" disabled={page <= 1} onClick={() => goTo(page - 1)}>
        Previous
      </button>
      <span class="small">
        Page {formatCount(page)} of {formatCount(pages)}
      </span>
      <button type="button" disabled={page >= pages} onClick={() => goTo(page + 1)}>
        Next
      </button>
      <button type="button" disabled={page >= pages} onClick={() => goTo(pages)}>
        Last
      </button>
    </nav>
  );
}

function countText(total: number, filters: RolloutFilters): string {
  return countFilters(filters) === 0
    ? countOf(total, 'rollout')
    : `${countOf(total, 'rollout')} ${total === 1 ? 'matches' : 'match'}`;
}

function pageOf(query: URLSearchParams): number {
  const page = Number(query.get('page') ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}

function pageHash(filters: RolloutFilters, page: number): string {
  const query = addressOfFilters(filters);
  if (page > 1) query.set('page', String(page));
  return routeHash({ view: 'rollouts', query });
}

/** Keeps the address where scrolling has come to, without another entry in the history of the browser. */
function rememberPage(filters: RolloutFilters, page: number): void {
  const { view, id, query } = parseRoute(location.hash);
  // Others may have been chosen that are not drawn yet.
  const isSame = addressOfFilters(filtersOfAddress(query)).toString() === addressOfFilters(filters).toString();
  if (view !== 'rollouts' || id !== undefined || !isSame) return;
  const hash = pageHash(filters, page);
  if (location.hash !== hash) history.replaceState(null, '', hash);
}
