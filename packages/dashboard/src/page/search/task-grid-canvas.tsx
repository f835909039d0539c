import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatScore } from '../components/format.ts';
import { useWidth } from '../components/use-width.ts';
import { useColours } from '../look/colours.ts';
import { routeHash } from '../route.ts';
import { drawGrid, GRID_SIZES, GRID_TOKENS, type GridPlace, placeAt } from './grid-drawing.ts';
import { changeOf, type TaskGrid } from './task-grid.ts';

const MOST_HEIGHT = 420;
const { cellWidth, cellHeight, headWidth, headHeight } = GRID_SIZES;

const MOVES: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-15, 0],
  PageDown: [15, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/**
 * The grid, drawn on a canvas that is as large as what is seen of it, whatever its size. Arrow keys go from cell to cell, each is told in words; Enter or a click opens
 * its rollout.
 */
export function TaskGridCanvas({
  grid,
  rows,
  opponentOf,
  selected,
  label,
}: {
  grid: TaskGrid;
  /** Rows of the set, sorted. */
  rows: readonly number[];
  opponentOf: ReadonlyMap<string, string>;
  selected: string | undefined;
  /** What the grid comes to, for those who do not see it. */
  label: string;
}) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [scroll, setScroll] = useState({ scrollLeft: 0, scrollTop: 0 });
  const [active, setActive] = useState<GridPlace>();
  const colours = useColours(...GRID_TOKENS);
  const total = {
    width: headWidth + grid.columns.length * cellWidth,
    height: headHeight + rows.length * cellHeight,
  };
  const height = Math.min(MOST_HEIGHT, total.height + 2);
  const indexOf = new Map(grid.columns.map(({ version }, index) => [version, index]));
  const opponents = grid.columns.map(({ version }) => indexOf.get(opponentOf.get(version) ?? '') ?? -1);
  const scene = { grid, rows, opponents, selectedColumn: indexOf.get(selected ?? '') ?? -1, ...scroll, colours };
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element == null || context == null || width === 0) return;
    const ratio = devicePixelRatio;
    element.width = width * ratio;
    element.height = height * ratio;
    context.scale(ratio, ratio);
    drawGrid(context, { ...scene, active, width, height });
  });
  const at = (event: MouseEvent) => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    return placeAt(scene, event.clientX - left, event.clientY - top);
  };
  const hrefOf = (place: GridPlace | undefined) => {
    const rolloutId = place && grid.columns[place.column]?.cells.get(rows[place.row]!)?.rolloutId;
    return rolloutId === undefined ? undefined : routeHash({ view: 'rollouts', id: rolloutId });
  };
  const open = (place: GridPlace | undefined) => {
    const href = hrefOf(place);
    if (href !== undefined) location.hash = href;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open(active);
    const move = MOVES[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = {
      row: clamp((active?.row ?? 0) + (active === undefined ? 0 : move[0]), rows.length - 1),
      column: clamp((active?.column ?? 0) + (active === undefined ? 0 : move[1]), grid.columns.length - 1),
    };
    setActive(next);
    reveal(ref.current!, next);
  };
  const text = active === undefined ? undefined : cellText(grid, rows, opponentOf, active);
  return (
    <div class="task-grid">
      {/* A table of thousands of cells would not help those who hear the page; the summaries beside it do. */}
      <div
        class="task-grid-frame"
        ref={ref}
        role="application"
        aria-label={label}
        aria-describedby="task-grid-cell"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it has keys
        tabIndex={0}
        style={{ height: `${height}px` }}
        onScroll={({ currentTarget }) =>
          setScroll({ scrollLeft: currentTarget.scrollLeft, scrollTop: currentTarget.scrollTop })
        }
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          const place = at(event);
          event.currentTarget.dataset['opens'] = String(hrefOf(place) !== undefined);
          if (place?.row !== active?.row || place?.column !== active?.column) setActive(place);
        }}
        onPointerLeave={() => setActive(undefined)}
        onClick={(event) => open(at(event))}
      >
        <div class="task-grid-size" style={{ width: `${total.width}px`, height: `${total.height}px` }}>
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height - 2}px` }} />
        </div>
      </div>
      <p id="task-grid-cell" class="task-grid-cell" aria-live="polite">
        {text ?? (
          <span class="muted">
            Point at a cell, or go to one with the arrow keys; a click or Enter opens its rollout.
          </span>
        )}
      </p>
    </div>
  );
}

function cellText(
  grid: TaskGrid,
  rows: readonly number[],
  opponentOf: ReadonlyMap<string, string>,
  place: GridPlace,
): string {
  const row = rows[place.row]!;
  const column = grid.columns[place.column];
  if (column === undefined) return '';
  const { version, cells } = column;
  const cell = cells.get(row);
  const start = `Task ${row}, ${version}: `;
  if (cell === undefined) return `${start}not run`;
  const opponent = opponentOf.get(version);
  const before = grid.columns.find((other) => other.version === opponent)?.cells.get(row);
  const change = changeOf(before, cell);
  const reward = cell.reward === null ? 'no result' : `reward ${formatScore(cell.reward)}`;
  const failed = cell.isFailed ? ', its agent failed' : '';
  if (change === undefined) return `${start}${reward}${failed}`;
  const what =
    change === 'same' ? `the same as ${opponent}` : `${change}: ${opponent} had ${formatScore(before?.reward)}`;
  return `${start}${reward}${failed}, ${what}`;
}

function reveal(frame: HTMLElement, { row, column }: GridPlace): void {
  const [x, y] = [column * cellWidth, row * cellHeight];
  const room = { width: frame.clientWidth - headWidth, height: frame.clientHeight - headHeight };
  frame.scrollLeft = Math.min(x, Math.max(frame.scrollLeft, x + cellWidth - room.width));
  frame.scrollTop = Math.min(y, Math.max(frame.scrollTop, y + cellHeight - room.height));
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}
