import './workers-view.css';
import type { WorkerStatus } from '@agentlightning/core';
import { useEffect, useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { DataTable } from '../components/data-table.tsx';
import { countOf, formatCount, formatDateTime } from '../components/format.ts';
import { EmptyState, Loading } from '../components/notice.tsx';
import { Choice } from '../components/tabs.tsx';
import { Panel, ViewLayout } from '../components/view-layout.tsx';
import { excerptOf } from '../json/excerpt.ts';
import { type Route, routeHash } from '../route.ts';
import type { WorkerWire } from '../store/records.ts';
import { fetchWorkers } from '../store/store-requests.ts';
import { Unreachable } from '../store/unreachable.tsx';
import { useIsLive, usePolled } from '../store/use-polled.ts';
import { ageOfWorker, formatAge } from './worker-age.ts';

const STATES = ['all', 'busy', 'idle', 'unknown', 'silent'] as const;
type State = (typeof STATES)[number];

/** More are found by their id. */
const MAX_SHOWN = 500;

/** Who works on rollouts, at what, and when it was last heard of. */
export function WorkersView({ route }: { route: Route }) {
  const polled = usePolled('workers', fetchWorkers);
  const isLive = useIsLive();
  const now = useSeconds(isLive);
  const state = STATES.find((known) => known === route.query.get('state')) ?? 'all';
  const text = route.query.get('q') ?? '';
  const workers = polled.data ?? [];
  const found = workers.filter((worker) => isFound(worker, { state, text, now })).toSorted(busyFirst);
  const set = (changed: { readonly state?: State; readonly text?: string }) =>
    location.replace(addressOf({ state, text, ...changed }));
  return (
    <ViewLayout
      title="Workers"
      beside={<span class="muted">{polled.data === undefined ? '' : summaryOf(workers, now)}</span>}
    >
      <div class="worker-filters">
        <Choice
          label="State"
          selected={state}
          options={STATES.map((known) => [known, known] as const)}
          onSelect={(next) => set({ state: next })}
        />
        <label>
          <span class="muted small">Id contains </span>
          <input
            type="search"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => set({ text: currentTarget.value })}
          />
        </label>
      </div>
      <Unreachable polled={polled} />
      {polled.data === undefined && polled.error === undefined ? <Loading what="Asking for the workers" /> : null}
      {polled.data === undefined ? null : found.length === 0 ? (
        <EmptyState title={workers.length === 0 ? 'No worker yet' : 'No worker matches'}>
          {workers.length === 0 ? 'Runners appear here as soon as they claim work.' : null}
        </EmptyState>
      ) : (
        <Panel title="Who is there" id="workers" beside={<span class="muted">{countOf(found.length, 'worker')}</span>}>
          {found.length > MAX_SHOWN ? (
            <p class="muted small">The first {formatCount(MAX_SHOWN)} are shown: filter by id to see others.</p>
          ) : null}
          <WorkerTable workers={found.slice(0, MAX_SHOWN)} now={now} isLive={isLive} />
        </Panel>
      )}
    </ViewLayout>
  );
}

function WorkerTable({ workers, now, isLive }: { workers: readonly WorkerWire[]; now: number; isLive: boolean }) {
  return (
    <DataTable
      caption="Workers"
      rows={workers}
      rowKey={({ worker_id: id }) => id}
      columns={[
        { id: 'id', title: 'Worker', cell: ({ worker_id: id }) => <code>{id}</code> },
        { id: 'status', title: 'Status', cell: (worker) => statusCell(worker, now, isLive) },
        { id: 'rollout', title: 'Works on', cell: rolloutCell },
        { id: 'heard', title: 'Last heard of', cell: (worker) => ageCell(worker, now) },
        {
          id: 'claimed',
          title: 'Last claim',
          cell: ({ last_dequeue_time: time }) => (time === null ? '–' : formatDateTime(time)),
        },
        {
          id: 'stats',
          title: 'It says',
          cell: ({ heartbeat_stats: stats }) =>
            stats === null ? '–' : <span class="worker-stats">{excerptOf(stats, 200) || '–'}</span>,
        },
      ]}
    />
  );
}

function statusCell(worker: WorkerWire, now: number, isLive: boolean) {
  const tone = worker.status === 'busy' ? 'accent' : 'neutral';
  return (
    <>
      <Badge tone={tone}>{worker.status}</Badge>{' '}
      {isLive && ageOfWorker(worker, now).isStale ? <Badge tone="warn">silent</Badge> : null}
    </>
  );
}

function rolloutCell({ current_rollout_id: id }: WorkerWire) {
  return id === null ? '–' : <a href={routeHash({ view: 'rollouts', id })}>{id}</a>;
}

function ageCell(worker: WorkerWire, now: number) {
  const { seconds } = ageOfWorker(worker, now);
  return seconds === null ? 'never' : formatAge(seconds);
}

function isFound(worker: WorkerWire, wanted: { readonly state: State; readonly text: string; readonly now: number }) {
  if (!worker.worker_id.includes(wanted.text)) return false;
  if (wanted.state === 'silent') return ageOfWorker(worker, wanted.now).isStale;
  return wanted.state === 'all' || worker.status === wanted.state;
}

const ORDER: readonly WorkerStatus[] = ['busy', 'idle', 'unknown'];

function busyFirst(a: WorkerWire, b: WorkerWire): number {
  return ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.worker_id.localeCompare(b.worker_id, 'en', NUMERIC);
}

const NUMERIC = { numeric: true } as const;

function summaryOf(workers: readonly WorkerWire[], now: number): string {
  const busy = workers.filter(({ status }) => status === 'busy').length;
  const silent = workers.filter((worker) => ageOfWorker(worker, now).isStale).length;
  return `${countOf(workers.length, 'worker')} · ${formatCount(busy)} busy · ${formatCount(silent)} silent`;
}

function addressOf({ state, text }: { readonly state: State; readonly text: string }): string {
  const query = new URLSearchParams();
  if (state !== 'all') query.set('state', state);
  if (text !== '') query.set('q', text);
  return routeHash({ view: 'workers', query });
}

/** The time in seconds since the Unix epoch, which goes on while something may change. */
function useSeconds(isGoing: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!isGoing) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, [isGoing]);
  return now;
}
