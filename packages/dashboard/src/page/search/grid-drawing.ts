import type { Colours } from '../look/colours.ts';
import { changeOf, type GridCell, type TaskGrid } from './task-grid.ts';

/** How large the parts of the grid are, in pixels. */
export const GRID_SIZES = { cellWidth: 34, cellHeight: 18, headWidth: 52, headHeight: 24 } as const;

/** The tokens that the grid is drawn with. */
export const GRID_TOKENS = [
  'surface',
  'inset',
  'line',
  'line-strong',
  'text',
  'muted',
  'accent',
  'on-accent',
  'good',
  'good-soft',
  'bad',
  'bad-soft',
] as const;

/** A place in the grid: positions, not rows of the set. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** What is drawn, and which part of it is seen. */
export interface GridScene {
  readonly grid: TaskGrid;
  /** Rows of the set, sorted. */
  readonly rows: readonly number[];
  /** Position of the column that each one is compared with; -1 for none. */
  readonly opponents: readonly number[];
  readonly selectedColumn: number;
  readonly active: GridPlace | undefined;
  readonly scrollLeft: number;
  readonly scrollTop: number;
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
}

const { cellWidth, cellHeight, headWidth, headHeight } = GRID_SIZES;

/** Draws the part of the grid that is seen. Rewards are shades; what an edit fixed has a plus, what it broke a minus, a failed agent a cross. */
export function drawGrid(context: CanvasRenderingContext2D, scene: GridScene): void {
  const { grid, rows, scrollLeft, scrollTop, width, height, colours } = scene;
  context.fillStyle = colours['surface']!;
  context.fillRect(0, 0, width, height);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const firstRow = Math.floor(scrollTop / cellHeight);
  const lastRow = Math.min(rows.length, Math.ceil((scrollTop + height - headHeight) / cellHeight));
  const firstColumn = Math.floor(scrollLeft / cellWidth);
  const lastColumn = Math.min(grid.columns.length, Math.ceil((scrollLeft + width - headWidth) / cellWidth));
  for (let column = firstColumn; column < lastColumn; column += 1) {
    for (let row = firstRow; row < lastRow; row += 1) drawCell(context, scene, { row, column });
  }
  drawHeads(context, scene, { firstRow, lastRow, firstColumn, lastColumn });
}

function drawCell(context: CanvasRenderingContext2D, scene: GridScene, place: GridPlace): void {
  const { grid, rows, opponents, active, selectedColumn, colours } = scene;
  const row = rows[place.row]!;
  const cells = grid.columns[place.column]!.cells;
  const cell = cells.get(row);
  const x = headWidth + place.column * cellWidth - scene.scrollLeft;
  const y = headHeight + place.row * cellHeight - scene.scrollTop;
  if (place.column === selectedColumn) {
    context.fillStyle = colours['inset']!;
    context.fillRect(x, y, cellWidth, cellHeight);
  }
  if (cell !== undefined) {
    const change = changeOf(grid.columns[opponents[place.column]!]?.cells.get(row), cell);
    drawReward(context, { x, y, cell, change, range: grid.rewardRange, colours });
  }
  if (active?.row !== place.row || active.column !== place.column) return;
  context.strokeStyle = colours['text']!;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, cellWidth - 2, cellHeight - 2);
}

function drawReward(
  context: CanvasRenderingContext2D,
  {
    x,
    y,
    cell,
    change,
    range: [low, high],
    colours,
  }: {
    x: number;
    y: number;
    cell: GridCell;
    change: ReturnType<typeof changeOf>;
    range: readonly [number, number];
    colours: Colours;
  },
): void {
  const [left, top, width, height] = [x + 2, y + 2, cellWidth - 4, cellHeight - 4];
  const isChanged = change === 'fixed' || change === 'broke';
  const share = cell.reward === null ? 0 : (cell.reward - low) / Math.max(high - low, Number.EPSILON);
  const base = change === 'fixed' ? 'good' : change === 'broke' ? 'bad' : 'accent';
  context.fillStyle = colours[isChanged ? `${base}-soft` : 'inset']!;
  context.fillRect(left, top, width, height);
  context.strokeStyle = colours['line']!;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  // The reward is a bar from the left, so that it is read without its shade.
  context.globalAlpha = isChanged ? 0.45 : 0.5;
  context.fillStyle = colours[base]!;
  context.fillRect(left, top, width * share, height);
  context.globalAlpha = 1;
  const glyph = cell.reward === null ? '?' : isChanged ? (change === 'fixed' ? '+' : '−') : cell.isFailed ? '×' : '';
  if (glyph === '') return;
  context.font = '700 13px system-ui, sans-serif';
  context.fillStyle = colours['text']!;
  context.fillText(glyph, x + cellWidth / 2, y + cellHeight / 2 + 0.5);
}

function drawHeads(
  context: CanvasRenderingContext2D,
  { grid, rows, scrollLeft, scrollTop, width, height, selectedColumn, colours }: GridScene,
  seen: { firstRow: number; lastRow: number; firstColumn: number; lastColumn: number },
): void {
  context.fillStyle = colours['surface']!;
  context.fillRect(0, 0, headWidth, height);
  context.fillRect(0, 0, width, headHeight);
  context.font = '12px system-ui, sans-serif';
  context.fillStyle = colours['muted']!;
  for (let row = seen.firstRow; row < seen.lastRow; row += 1) {
    const y = headHeight + (row + 0.5) * cellHeight - scrollTop;
    if (y > headHeight) context.fillText(String(rows[row]), headWidth / 2, y, headWidth - 6);
  }
  context.fillStyle = colours['surface']!;
  context.fillRect(0, 0, width, headHeight);
  for (let column = seen.firstColumn; column < seen.lastColumn; column += 1) {
    const x = headWidth + (column + 0.5) * cellWidth - scrollLeft;
    if (x < headWidth) continue;
    context.font = column === selectedColumn ? '700 12px system-ui, sans-serif' : '12px system-ui, sans-serif';
    context.fillStyle = colours[column === selectedColumn ? 'text' : 'muted']!;
    context.fillText(grid.columns[column]!.version, x, headHeight / 2, cellWidth - 4);
  }
  context.fillStyle = colours['surface']!;
  context.fillRect(0, 0, headWidth, headHeight);
  context.fillStyle = colours['muted']!;
  context.font = '12px system-ui, sans-serif';
  context.fillText('task', headWidth / 2, headHeight / 2);
  context.fillStyle = colours['line']!;
  context.fillRect(0, headHeight - 1, width, 1);
  context.fillRect(headWidth - 1, 0, 1, height);
}

/** The cell at a point of what is seen; `undefined` for the heads and beyond the last cell. */
export function placeAt(
  { grid, rows, scrollLeft, scrollTop }: Pick<GridScene, 'grid' | 'rows' | 'scrollLeft' | 'scrollTop'>,
  x: number,
  y: number,
): GridPlace | undefined {
  if (x < headWidth || y < headHeight) return undefined;
  const column = Math.floor((x - headWidth + scrollLeft) / cellWidth);
  const row = Math.floor((y - headHeight + scrollTop) / cellHeight);
  return column < grid.columns.length && row < rows.length ? { row, column } : undefined;
}
