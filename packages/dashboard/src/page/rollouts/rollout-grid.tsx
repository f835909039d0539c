import './rollout-grid.css';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { formatCount, formatDateTime, formatScore, formatSeconds, formatTime } from '../components/format.ts';
import { excerptOf } from '../json/excerpt.ts';
import { routeHash } from '../route.ts';
import type { RolloutWire } from '../store/records.ts';
import type { RolloutFilters, RolloutSort } from '../store/rollout-filters.ts';
import { toneOfStatus } from './attempt-words.ts';
import type { ShownRows } from './use-rollout-rows.ts';

/** In pixels, as the style sheet has it. */
const ROW_HEIGHT = 46;
const HEAD_HEIGHT = 40;
/** Rows that are drawn above and below what is seen. */
const OVERSCAN = 10;
/** A browser draws nothing that is higher than some thirty million pixels. */
const MAX_ROWS = 400_000;

interface Column {
  readonly id: string;
  readonly title: string;
  readonly sort?: RolloutSort;
  readonly isNumeric?: boolean;
  /** Not on narrow screens. */
  readonly isWideOnly?: boolean;
  readonly cell: (rollout: RolloutWire, context: CellContext) => ComponentChildren;
}

interface CellContext {
  /** The primary one: `null` if there is none, `undefined` while nobody knows. */
  readonly reward: number | null | undefined;
  /** Under which the run knows the candidate. */
  readonly version: string | undefined;
}

const COLUMNS: readonly Column[] = [
  {
    id: 'status',
    title: 'Status',
    sort: 'status',
    cell: ({ status }) => <Badge tone={toneOfStatus(status)}>{status}</Badge>,
  },
  {
    id: 'task',
    title: 'Task',
    cell: ({ input, rollout_id: id, attempt }) => (
      <span class="rollout-task">
        <span>{excerptOf(input) || '(nothing)'}</span>
        <span class="rollout-id">
          {id}
          {errorText(attempt) === null ? null : <span class="rollout-error"> · {errorText(attempt)}</span>}
        </span>
      </span>
    ),
  },
  { id: 'mode', title: 'Mode', isWideOnly: true, cell: ({ mode }) => mode ?? '–' },
  { id: 'attempts', title: 'Attempts', sort: 'attempts', isNumeric: true, isWideOnly: true, cell: attemptsCell },
  { id: 'reward', title: 'Reward', isNumeric: true, cell: (_, { reward }) => rewardText(reward) },
  {
    id: 'duration',
    title: 'Duration',
    sort: 'duration',
    isNumeric: true,
    isWideOnly: true,
    cell: ({ attempt }) =>
      attempt?.end_time == null ? '–' : formatSeconds(Math.max(0, attempt.end_time - attempt.start_time)),
  },
  {
    id: 'candidate',
    title: 'Candidate',
    isWideOnly: true,
    cell: ({ resources_id: id }, { version }) => (id === null ? '–' : <span title={id}>{version ?? id}</span>),
  },
  {
    id: 'start',
    title: 'Enqueued',
    sort: 'start',
    isWideOnly: true,
    cell: ({ start_time: time }) => <span title={formatDateTime(time)}>{momentText(time)}</span>,
  },
];

/**
 * Any number of rollouts as a table of which only what is seen is in the document. Arrow keys, page keys, Home and End go from row to row, Enter opens one.
 */
export function RolloutGrid({
  shown,
  filters,
  firstRow,
  versions,
  onSort,
  onFirstRow,
}: {
  shown: ShownRows;
  filters: RolloutFilters;
  /** The row that stands at the top to begin with, and whenever it changes. */
  firstRow: number;
  /** Under which the run knows candidates, by the ids of their resources. */
  versions: ReadonlyMap<string, string>;
  onSort: (sort: RolloutSort) => void;
  /** Called when scrolling has come to a row. */
  onFirstRow: (index: number) => void;
}) {
  const { rows, look } = shown;
  const length = Math.min(rows.total ?? 0, MAX_ROWS);
  const frame = useRef<HTMLDivElement>(null);
  const { top, height, onScroll } = useScroll(frame);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT));
  const last = Math.min(length, Math.ceil((top + height) / ROW_HEIGHT));
  // Keys come faster than frames: where they have come to is known at once, and drawn later.
  const active = useRef(firstRow);
  const [, drawActive] = useState(firstRow);
  const isFocusDue = useRef(false);
  const setActive = (index: number) => {
    active.current = index;
    drawActive(index);
  };

  useLayoutEffect(() => {
    if (frame.current === null || length === 0) return;
    frame.current.scrollTop = firstRow * ROW_HEIGHT;
    // The browser tells of it later, and until then the first row would be taken to be seen.
    onScroll();
  }, [firstRow, rows, length > 0]);
  // What was fetched anew may have moved: then the frame moves along.
  useLayoutEffect(() => {
    const shift = rows.takeShift();
    if (shift === 0 || frame.current === null) return;
    isFocusDue.current = document.activeElement?.closest('.grid-body') != null;
    frame.current.scrollTop += shift * ROW_HEIGHT;
    setActive(Math.max(0, active.current + shift));
  });
  useEffect(() => look(first, Math.max(first + 1, last)), [look, first, last]);
  useEffect(() => {
    const timer = setTimeout(() => onFirstRow(first), 200);
    return () => clearTimeout(timer);
  }, [first, rows]);
  useLayoutEffect(() => {
    if (!isFocusDue.current) return;
    const row = frame.current?.querySelector<HTMLElement>(`[data-index="${active.current}"]`);
    if (row == null) return;
    isFocusDue.current = false;
    row.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    const next = Math.max(0, Math.min(length - 1, index));
    const element = frame.current;
    if (element === null) return;
    const [above, below] = [next * ROW_HEIGHT, (next + 1) * ROW_HEIGHT - (element.clientHeight - HEAD_HEIGHT)];
    element.scrollTop = Math.min(above, Math.max(element.scrollTop, below));
    isFocusDue.current = true;
    setActive(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.closest('.grid-body') === null) return;
    const page = Math.max(1, Math.floor((height - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active.current + 1,
      ArrowUp: active.current - 1,
      PageDown: active.current + page,
      PageUp: active.current - page,
      Home: 0,
      End: length - 1,
    };
    const rollout = rows.at(active.current);
    if (event.key === 'Enter' && rollout !== undefined) open(rollout);
    else if (Object.hasOwn(moves, event.key)) goTo(moves[event.key]!);
    else return;
    event.preventDefault();
  };

  const drawnRows = useRef(new Map<number, DrawnRow>());
  const onFocus = useCallback((index: number) => {
    if (!isFocusDue.current) setActive(index);
  }, []);
  const begin = Math.max(0, first - OVERSCAN);
  const drawn = Array.from(
    { length: Math.max(0, Math.min(length, last + OVERSCAN) - begin) },
    (_, offset) => begin + offset,
  );
  // The row that the keyboard is at stays in the document, as the focus would be lost with it.
  const at = Math.min(active.current, length - 1);
  const indices = at >= 0 && !drawn.includes(at) ? [...drawn, at] : drawn;
  return (
    <>
      {(rows.total ?? 0) > MAX_ROWS ? (
        <p class="muted small">The first {formatCount(MAX_ROWS)} are shown: filter or sort to see others.</p>
      ) : null}
      {/* biome-ignore lint/a11y/useSemanticElements: a table of which only what is seen is in the document */}
      <div
        class="rollout-grid"
        role="grid"
        aria-label="Rollouts"
        aria-rowcount={rows.total === undefined ? -1 : length + 1}
        tabIndex={-1}
        ref={frame}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus */}
        <div role="row" class="grid-head" aria-rowindex={1}>
          {COLUMNS.map((column) => (
            <HeadCell key={column.id} column={column} filters={filters} onSort={onSort} />
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" class="grid-body" style={{ height: `${length * ROW_HEIGHT}px` }}>
          {indices.map((index) => {
            const rollout = rows.at(index);
            return drawnOnce(drawnRows.current, {
              index,
              rollout,
              isActive: index === at,
              reward: rollout === undefined ? undefined : primaryOf(rows.rewardsOf(rollout.rollout_id)),
              version: versions.get(rollout?.resources_id ?? ''),
              onFocus,
            });
          })}
        </div>
      </div>
    </>
  );
}

interface RowProps extends CellContext {
  readonly index: number;
  readonly rollout: RolloutWire | undefined;
  readonly isActive: boolean;
  readonly onFocus: (index: number) => void;
}

/** A row as it was drawn last, and of what. */
interface DrawnRow {
  readonly props: RowProps;
  readonly node: ComponentChildren;
}

/** Drawn rows that are kept though they are seen no more. */
const KEPT_ROWS = 400;

/** Scrolling draws many rows again and again: what is the same object to the renderer is not compared. */
function drawnOnce(drawn: Map<number, DrawnRow>, props: RowProps): ComponentChildren {
  const known = drawn.get(props.index);
  const names = Object.keys(props) as (keyof RowProps)[];
  if (known !== undefined && names.every((name) => known.props[name] === props[name])) return known.node;
  if (drawn.size > KEPT_ROWS) drawn.clear();
  // By its place: a row that is fetched while it has the focus keeps it.
  const node = <Row key={props.index} {...props} />;
  drawn.set(props.index, { props, node });
  return node;
}

function Row({ index, rollout, isActive, reward, version, onFocus }: RowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of a table of which only what is seen is in the document
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of all rows are those of the grid
    <div
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      tabIndex={isActive ? 0 : -1}
      style={{ top: `${index * ROW_HEIGHT}px` }}
      onFocus={() => onFocus(index)}
      onClick={() => {
        // A text that is being selected is not a click.
        if (rollout !== undefined && getSelection()?.isCollapsed !== false) open(rollout);
      }}
    >
      {COLUMNS.map(({ id, isNumeric, isWideOnly, cell }) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus
        <div key={id} role="gridcell" class={classOf(isNumeric, isWideOnly)}>
          {rollout === undefined ? <span class="muted">…</span> : cell(rollout, { reward, version })}
        </div>
      ))}
    </div>
  );
}

function HeadCell({
  column: { title, sort, isNumeric, isWideOnly },
  filters,
  onSort,
}: {
  column: Column;
  filters: RolloutFilters;
  onSort: (sort: RolloutSort) => void;
}) {
  const isSorted = sort !== undefined && sort === filters.sort;
  const direction = filters.isDescending ? 'descending' : 'ascending';
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus
    <div
      role="columnheader"
      class={classOf(isNumeric, isWideOnly)}
      aria-sort={sort === undefined ? undefined : isSorted ? direction : 'none'}
    >
      {sort === undefined ? (
        title
      ) : (
        <button type="button" onClick={() => onSort(sort)}>
          {title}
          <span aria-hidden="true"> {isSorted ? (filters.isDescending ? '↓' : '↑') : '↕'}</span>
        </button>
      )}
    </div>
  );
}

function classOf(isNumeric = false, isWideOnly = false): string {
  return [isNumeric ? 'numeric' : '', isWideOnly ? 'wide-only' : ''].filter(Boolean).join(' ');
}

/** What the latest attempt failed with, in short. */
function errorText(attempt: RolloutWire['attempt']): string | null {
  const error = attempt?.metadata?.['error'];
  return attempt?.status === 'failed' && typeof error === 'string' ? excerptOf(error) : null;
}

/** The time, with its day unless that is today. */
function momentText(epochSeconds: number): string {
  const isToday = new Date(epochSeconds * 1000).toDateString() === new Date().toDateString();
  return isToday ? formatTime(epochSeconds) : formatDateTime(epochSeconds);
}

function attemptsCell({ attempt }: RolloutWire): ComponentChildren {
  if (attempt === undefined) return '0';
  if (attempt.sequence_id === 1) return '1';
  return <Badge tone="warn">{formatCount(attempt.sequence_id)} tries</Badge>;
}

function primaryOf(rewards: Readonly<Record<string, number>> | null | undefined): number | null | undefined {
  return rewards == null ? rewards : (Object.values(rewards)[0] ?? null);
}

function rewardText(reward: number | null | undefined): string {
  return reward === undefined ? '' : formatScore(reward);
}

function open({ rollout_id: id }: RolloutWire): void {
  location.hash = routeHash({ view: 'rollouts', id });
}

/** How far a frame is scrolled, and how high it is. */
function useScroll(frame: { readonly current: HTMLElement | null }) {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    setHeight(element.clientHeight);
    return () => observer.disconnect();
  }, []);
  const onScroll = useCallback(() => {
    // Drawn again when there are other rows to see, and not for each pixel.
    if (frame.current !== null) setTop(Math.floor(frame.current.scrollTop / ROW_HEIGHT) * ROW_HEIGHT);
  }, []);
  return { top, height, onScroll };
}
