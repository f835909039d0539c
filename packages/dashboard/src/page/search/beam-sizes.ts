import type { BeamItem, BeamLayout } from './beam-layout.ts';

/** How large the parts of the tree are, in pixels. */
export interface BeamSizes {
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  /** From one node to the next below it. */
  readonly rowHeight: number;
  /** From one column to the next. */
  readonly columnWidth: number;
  /** Of the whole tree. */
  readonly width: number;
}

const NODE_HEIGHT = 30;
const ROW_HEIGHT = 35;
const GAP = 28;
const MARGIN = 3;
const LEAST_NODE_WIDTH = 156;
const MOST_NODE_WIDTH = 260;

/** Fits the columns into the room there is; with more columns than fit the tree is wider, and scrolls. */
export function beamSizes({ columns }: BeamLayout, room: number): BeamSizes {
  const share = (room - 2 * MARGIN - (columns - 1) * GAP) / columns;
  const nodeWidth = Math.floor(Math.min(MOST_NODE_WIDTH, Math.max(LEAST_NODE_WIDTH, share)));
  const columnWidth = nodeWidth + GAP;
  return {
    nodeWidth,
    nodeHeight: NODE_HEIGHT,
    rowHeight: ROW_HEIGHT,
    columnWidth,
    width: columns * columnWidth - GAP + 2 * MARGIN,
  };
}

/** Where a column begins. */
export function columnLeft(column: number, { columnWidth }: BeamSizes): number {
  return MARGIN + column * columnWidth;
}

/** Where a node is. */
export function placeOf({ column, row }: BeamItem, sizes: BeamSizes): { readonly left: number; readonly top: number } {
  return { left: columnLeft(column, sizes), top: row * sizes.rowHeight + MARGIN };
}
