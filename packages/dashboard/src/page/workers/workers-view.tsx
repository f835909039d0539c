import './workers-view.css';
import type { WorkerStatus } from '@agentlightning/core';
import { useEffect, useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { DataTable } from '../components/data-table.tsx';
import { countOf, formatCount, formatDateTime } from '../components/format.ts';
import { EmptyState, Loading } from '../components/notice.tsx';
import { Choice } from '../components/tabs.tsx';
import { Panel, ViewLayout } from '../components/view-layout.tsx';
import { useFeed } from '../feed/use-feed.ts';
import { useRunEnded } from '../feed/use-run-ended.ts';
import { type Route, routeHash } from '../route.ts';
import type { WorkerWire } from '../store/records.ts';
import { fetchWorkers } from '../store/store-requests.ts';
import { Unreachable } from '../store/unreachable.tsx';
import { useIsLive, usePolled } from '../store/use-polled.ts';
import { ageOfWorker, formatAge, STALE_SECONDS } from './worker-age.ts';
import { slotsOf, statsText } from './worker-stats.ts';

const STATES = ['all', 'busy', 'idle', 'unknown', 'silent'] as const;
type State = (typeof STATES)[number];

/** More are found by their id. */
const MAX_SHOWN = 500;

/** Who works on rollouts, at what, and when it was last heard of. */
export function WorkersView({ route }: { route: Route }) {
  const polled = usePolled('workers', fetchWorkers);
  const isLive = useIsLive();
  const isEnded = useRunEnded();
  const now = useSeconds(isLive);
  // Where each one stood is no matter when the run is over.
  const state = isEnded ? 'all' : (STATES.find((known) => known === route.query.get('state')) ?? 'all');
  const text = route.query.get('q') ?? '';
  const workers = polled.data ?? [];
  const found = workers.filter((worker) => isFound(worker, { state, text, now })).toSorted(busyFirst);
  const set = (changed: { readonly state?: State; readonly text?: string }) =>
    location.replace(addressOf({ state, text, ...changed }));
  return (
    <ViewLayout
      title="Workers"
      beside={<span class="muted">{polled.data === undefined ? '' : summaryOf(workers, now, isEnded)}</span>}
    >
      <div class="worker-filters">
        {isEnded ? null : (
          <Choice
            label="State"
            selected={state}
            options={STATES.map((known) => [known, known] as const)}
            onSelect={(next) => set({ state: next })}
          />
        )}
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
        <NoWorker isNoneKnown={workers.length === 0} isEnded={isEnded} />
      ) : (
        <Panel
          title={isEnded ? 'Who took part' : 'Who is there'}
          id="workers"
          beside={<span class="muted">{countOf(found.length, 'worker')}</span>}
        >
          {found.length > MAX_SHOWN ? (
            <p class="muted small">The first {formatCount(MAX_SHOWN)} are shown: filter by id to see others.</p>
          ) : null}
          <p class="muted small">
            A worker is a thread or a process that works on as many rollouts at once as it has slots. It is known from
            its first claim or heartbeat on{isEnded ? '' : `; one that says nothing for ${STALE_SECONDS} s is silent`}.
          </p>
          <WorkerTable workers={found.slice(0, MAX_SHOWN)} now={now} isLive={isLive && !isEnded} />
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
        { id: 'rollout', title: isLive ? 'Works on' : 'Worked on', cell: rolloutCell },
        { id: 'heard', title: 'Last heard of', cell: (worker) => heardCell(worker, now, isLive) },
        {
          id: 'claimed',
          title: 'Last claim',
          cell: ({ last_dequeue_time: time }) => (time === null ? '–' : formatDateTime(time)),
        },
        {
          id: 'stats',
          title: isLive ? 'It says' : 'It said',
          cell: (worker) => <span class="worker-stats">{statsText(worker) || '–'}</span>,
        },
      ]}
    />
  );
}

function statusCell(worker: WorkerWire, now: number, isLive: boolean) {
  const tone = worker.status === 'busy' ? 'accent' : 'neutral';
  return (
    <>
      <Badge tone={isLive ? tone : 'neutral'}>{isLive ? worker.status : `was ${worker.status}`}</Badge>{' '}
      {isLive && ageOfWorker(worker, now).isStale ? <Badge tone="warn">silent</Badge> : null}
    </>
  );
}

function rolloutCell({ current_rollout_id: id }: WorkerWire) {
  return id === null ? '–' : <a href={routeHash({ view: 'rollouts', id })}>{id}</a>;
}

function heardCell(worker: WorkerWire, now: number, isLive: boolean) {
  const { seconds, time } = ageOfWorker(worker, now);
  if (seconds === null || time === null) return 'never';
  return isLive ? formatAge(seconds) : formatDateTime(time);
}

function NoWorker({ isNoneKnown, isEnded }: { isNoneKnown: boolean; isEnded: boolean }) {
  const { nRunners } = useFeed().view;
  if (!isNoneKnown) return <EmptyState title="No worker matches" />;
  if (isEnded) return <EmptyState title="No worker was heard of">The run ended before any claimed work.</EmptyState>;
  return (
    <EmptyState title="No worker yet">
      {nRunners === 0
        ? 'Workers appear here with their first claim or heartbeat.'
        : `The run has ${countOf(nRunners, 'runner')}; the threads or processes that they are in appear here with their first claim or heartbeat.`}
    </EmptyState>
  );
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

function summaryOf(workers: readonly WorkerWire[], now: number, isEnded: boolean): string {
  const all = countOf(workers.length, 'worker');
  if (isEnded) return workers.length === 0 ? '' : `${all} took part`;
  // Those of a process that was there before count no more.
  const there = workers.filter((worker) => !ageOfWorker(worker, now).isStale);
  const slots = there.length === 0 ? undefined : slotsOf(there);
  const busy = workers.filter(({ status }) => status === 'busy').length;
  const silent = workers.length - there.length;
  return `${all}${slots === undefined ? '' : `, ${countOf(slots, 'slot')}`} · ${formatCount(busy)} busy · ${formatCount(silent)} silent`;
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
