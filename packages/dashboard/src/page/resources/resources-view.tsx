import './resources-view.css';
import { useMemo } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { countOf, formatCount, formatDateTime } from '../components/format.ts';
import { EmptyState, Loading } from '../components/notice.tsx';
import { TextBlock } from '../components/text-block.tsx';
import { Facts, Panel, ViewLayout } from '../components/view-layout.tsx';
import { WordDiff } from '../components/word-diff.tsx';
import { useFeed } from '../feed/use-feed.ts';
import { JsonView } from '../json/json-tree.tsx';
import { type Route, routeHash } from '../route.ts';
import type { PageWire, ResourcesWire } from '../store/records.ts';
import { fetchResources, fetchResourcesPage } from '../store/store-requests.ts';
import { Unreachable } from '../store/unreachable.tsx';
import { usePolled } from '../store/use-polled.ts';
import { readResource, type ShownResource, textOfResource } from './resource-text.ts';

/** Snapshots on a page. */
const PAGE = 50;

/** The snapshots of resources, the newest first; one of them, and how it differs from another. */
export function ResourcesView({ route }: { route: Route }) {
  const { query } = route;
  const page = pageOf(query);
  const text = query.get('q') ?? '';
  const polled = usePolled(
    `resources ${page} ${text}`,
    (signal) => fetchResourcesPage({ offset: (page - 1) * PAGE, limit: PAGE, idContains: text }, signal),
    'news',
  );
  const versions = useVersions();
  const id = route.id ?? polled.data?.items[0]?.resources_id;
  const total = polled.data?.total;
  return (
    <ViewLayout
      title="Resources"
      beside={<span class="muted">{total === undefined ? '' : countOf(total, 'snapshot')}</span>}
    >
      <Unreachable polled={polled} />
      {polled.data === undefined && polled.error === undefined ? <Loading what="Asking for the resources" /> : null}
      {total === 0 && text === '' && route.id === undefined ? (
        <EmptyState title="No resources yet">Prompts and models appear here as an algorithm tries them.</EmptyState>
      ) : null}
      {polled.data === undefined || (total === 0 && text === '' && route.id === undefined) ? null : (
        <div class="resource-columns">
          <Panel title="Snapshots" id="snapshots">
            <SnapshotList list={polled.data} route={route} page={page} chosen={id} versions={versions} />
          </Panel>
          {id === undefined ? null : <Snapshot key={id} id={id} route={route} versions={versions} list={polled.data} />}
        </div>
      )}
    </ViewLayout>
  );
}

function SnapshotList({
  list,
  route,
  page,
  chosen,
  versions,
}: {
  list: PageWire<ResourcesWire>;
  route: Route;
  page: number;
  chosen: string | undefined;
  versions: ReadonlyMap<string, string>;
}) {
  const pages = Math.max(1, Math.ceil(list.total / PAGE));
  const goTo = (next: number) => location.replace(addressOf(route, { page: next === 1 ? null : String(next) }));
  return (
    <>
      <label>
        <span class="muted small">Id contains </span>
        <input
          type="search"
          autocomplete="off"
          spellcheck={false}
          value={route.query.get('q') ?? ''}
          onInput={({ currentTarget: { value } }) =>
            location.replace(addressOf(route, { q: value === '' ? null : value, page: null }))
          }
        />
      </label>
      {list.items.length === 0 ? <p class="muted">No snapshot matches.</p> : null}
      <ol class="snapshot-list">
        {list.items.map(({ resources_id: id, update_time: time, version, resources }) => (
          <li key={id}>
            <a
              href={addressOf({ ...route, id }, { with: null })}
              aria-current={id === chosen ? 'true' : undefined}
              title={id}
            >
              <span>
                {versions.has(id) ? <Badge tone="accent">{versions.get(id)}</Badge> : null}{' '}
                {Object.keys(resources).join(', ') || 'empty'}
                {version > 1 ? <span class="muted small"> · update {formatCount(version)}</span> : null}
              </span>
              <span class="muted small">{formatDateTime(time)}</span>
              <span class="snapshot-id muted">{id}</span>
            </a>
          </li>
        ))}
      </ol>
      {pages > 1 ? (
        <nav class="resource-filters" aria-label="Pages">
          <button type="button" disabled={page <= 1} onClick={() => goTo(page - 1)}>
            Newer
          </button>
          <span class="small">
            Page {formatCount(page)} of {formatCount(pages)}
          </span>
          <button type="button" disabled={page >= pages} onClick={() => goTo(page + 1)}>
            Older
          </button>
        </nav>
      ) : null}
    </>
  );
}

function Snapshot({
  id,
  route,
  versions,
  list,
}: {
  id: string;
  route: Route;
  versions: ReadonlyMap<string, string>;
  list: PageWire<ResourcesWire>;
}) {
  const polled = usePolled(
    `snapshot ${id}`,
    async (signal) => ({ snapshot: await fetchResources(id, signal) }),
    'news',
  );
  const withId = route.query.get('with') ?? '';
  const snapshot = polled.data?.snapshot;
  if (polled.data === undefined) {
    return (
      <Panel title="Snapshot" id="snapshot">
        <Unreachable polled={polled} />
        {polled.error === undefined ? <Loading what="Asking for the snapshot" /> : null}
      </Panel>
    );
  }
  if (snapshot == null) {
    return (
      <Panel title="Snapshot" id="snapshot">
        <EmptyState title="There is no such snapshot">
          The store does not know <code>{id}</code>.
        </EmptyState>
      </Panel>
    );
  }
  const version = versions.get(id);
  return (
    <Panel title={version === undefined ? 'Snapshot' : `Snapshot of ${version}`} id="snapshot">
      <Unreachable polled={polled} />
      <Facts
        facts={[
          ['Id', <code key="id">{id}</code>],
          [
            'Candidate',
            version === undefined ? null : <a href={routeHash({ view: 'search', id: version })}>{version}</a>,
          ],
          ['Made', formatDateTime(snapshot.create_time)],
          [
            'Changed',
            snapshot.version === 1 ? null : `${formatDateTime(snapshot.update_time)}, update ${snapshot.version}`,
          ],
          [
            'Rollouts',
            <a key="rollouts" href={routeHash({ view: 'rollouts', query: new URLSearchParams({ resources_id: id }) })}>
              those that ran with it
            </a>,
          ],
        ]}
      />
      <label class="resource-filters">
        <span>Compare with</span>
        <select
          value={withId}
          onChange={({ currentTarget: { value } }) =>
            location.replace(addressOf({ ...route, id }, { with: value === '' ? null : value }))
          }
        >
          <option value="">nothing</option>
          {comparable(id, withId, list, versions).map((other) => (
            <option key={other} value={other}>
              {versions.has(other) ? `${versions.get(other)} · ${other}` : other}
            </option>
          ))}
        </select>
      </label>
      {withId === '' ? (
        Object.entries(snapshot.resources).map(([name, resource]) => (
          <ResourceView key={name} name={name} shown={readResource(resource)} />
        ))
      ) : (
        <Comparison key={withId} snapshot={snapshot} withId={withId} versions={versions} />
      )}
    </Panel>
  );
}

function ResourceView({ name, shown }: { name: string; shown: ShownResource }) {
  return (
    <section class="resource" aria-label={name}>
      <div class="resource-head">
        <h3>{name}</h3>
        {shown.kind === 'prompt' ? <Badge>{shown.engine}</Badge> : null}
        {shown.kind === 'model' ? <Badge>{shown.isProxied ? 'model behind the proxy' : 'model'}</Badge> : null}
        {shown.kind === 'other' ? <Badge>{shown.type}</Badge> : null}
        {shown.kind === 'prompt' ? <CopyButton text={shown.template} label="Copy prompt" /> : null}
      </div>
      {shown.kind === 'prompt' ? (
        <>
          <TextBlock text={shown.template} label={`Template of ${name}`} />
          <p class="muted small">
            {shown.placeholders.length === 0
              ? 'No placeholders'
              : `${countOf(shown.placeholders.length, 'placeholder')}: ${shown.placeholders.join(', ')}`}
          </p>
        </>
      ) : shown.kind === 'model' ? (
        <>
          <Facts
            facts={[
              ['Model', shown.model],
              ['Endpoint', shown.endpoint],
              ['Key', 'never shown'],
            ]}
          />
          {Object.keys(Object(shown.samplingParameters)).length === 0 ? null : (
            <>
              <p class="muted small">Sampling parameters</p>
              <JsonView value={shown.samplingParameters} label={`Sampling parameters of ${name}`} />
            </>
          )}
        </>
      ) : (
        <JsonView value={shown.content} label={name} />
      )}
    </section>
  );
}

function Comparison({
  snapshot,
  withId,
  versions,
}: {
  snapshot: ResourcesWire;
  withId: string;
  versions: ReadonlyMap<string, string>;
}) {
  const polled = usePolled(
    `with ${withId}`,
    async (signal) => ({ other: await fetchResources(withId, signal) }),
    'never',
  );
  const other = polled.data?.other;
  const names = useMemo(
    () => [...new Set([...Object.keys(snapshot.resources), ...Object.keys(other?.resources ?? {})])],
    [snapshot, other],
  );
  if (polled.data === undefined) return <Unreachable polled={polled} />;
  if (other == null) return <EmptyState title={`The store does not know ${withId}`} />;
  // What is older is what it was before.
  const isNewer = snapshot.create_time >= other.create_time;
  const [before, after] = isNewer ? [other, snapshot] : [snapshot, other];
  const nameOf = ({ resources_id: id }: ResourcesWire) => versions.get(id) ?? id;
  return (
    <>
      <p class="muted small">
        From {nameOf(before)} to {nameOf(after)}
      </p>
      {names.map((name) => {
        const [from, to] = [before, after].map(({ resources }) => {
          const resource = resources[name];
          return resource === undefined ? undefined : textOfResource(readResource(resource));
        });
        return (
          <section key={name} class="resource" aria-label={name}>
            <div class="resource-head">
              <h3>{name}</h3>
              {from === undefined ? <Badge tone="good">only in {nameOf(after)}</Badge> : null}
              {to === undefined ? <Badge tone="bad">only in {nameOf(before)}</Badge> : null}
            </div>
            {from === to ? (
              <p class="muted small">The same in both</p>
            ) : (
              <WordDiff before={from ?? ''} after={to ?? ''} label={`What changed in ${name}`} />
            )}
          </section>
        );
      })}
    </>
  );
}

/** The candidates of the run, those on the page, and the one that is chosen. */
function comparable(
  id: string,
  withId: string,
  list: PageWire<ResourcesWire>,
  versions: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = [...versions.keys(), ...list.items.map((item) => item.resources_id), ...(withId === '' ? [] : [withId])];
  return [...new Set(ids)].filter((other) => other !== id);
}

/** Under which the run knows candidates, by the ids of their resources. */
function useVersions(): ReadonlyMap<string, string> {
  const { candidates } = useFeed().view;
  return useMemo(
    () =>
      new Map(
        candidates.flatMap(({ resourcesId, version }) =>
          resourcesId === null ? [] : [[resourcesId, version] as const],
        ),
      ),
    [candidates],
  );
}

function pageOf(query: URLSearchParams): number {
  const page = Number(query.get('page') ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}

function addressOf(route: Route, changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(route.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return routeHash({ view: 'resources', ...(route.id === undefined ? {} : { id: route.id }), query });
}
