import type { PageSpan } from '../store/records.ts';

/** A span in its place: below the span it is part of, and where in time. */
export interface WaterfallRow {
  readonly span: PageSpan;
  /** 0 for one that is part of none that is here. */
  readonly depth: number;
  /** Seconds since the first span began. */
  readonly start: number;
  /** Likewise; `null` while it has not ended. */
  readonly end: number | null;
  /** How many spans are part of it, and of those. */
  readonly below: number;
}

/** The spans of an attempt as a tree, and how long it took. */
export interface Waterfall {
  readonly rows: readonly WaterfallRow[];
  /** Seconds from the first beginning to the last end. */
  readonly duration: number;
}

/**
 * Puts spans in the order in which they are shown: each followed by those that are part of it, which are in the order of their time. A span whose parent is not
 * among them stands alone; so does one of several that claim to be part of each other. One without a time stands where its parent does.
 */
export function layOutWaterfall(spans: readonly PageSpan[]): Waterfall {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string | null, PageSpan[]>();
  for (const span of inTime(spans)) {
    const parent =
      span.parentId !== null && span.parentId !== span.spanId && ids.has(span.parentId) ? span.parentId : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const times = spans.flatMap(({ startTime, endTime }) => [startTime, endTime]).filter((time) => time !== null);
  const origin = times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
  const rows: WaterfallRow[] = [];
  const placed = new Set<PageSpan>();
  const place = (root: PageSpan) => placeTree(root, { children, placed, rows, origin });
  for (const root of children.get(null) ?? []) place(root);
  // What is left goes round in a circle.
  for (const span of spans) if (!placed.has(span)) place(span);
  const last = times.reduce((latest, time) => Math.max(latest, time), origin);
  return { rows: withBelow(rows), duration: times.length === 0 ? 0 : last - origin };
}

/** Rows that are left when what is below some spans is hidden. */
export function visibleRows(rows: readonly WaterfallRow[], closed: ReadonlySet<string>): readonly WaterfallRow[] {
  if (closed.size === 0) return rows;
  const shown: WaterfallRow[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    shown.push(row);
    if (closed.has(row.span.spanId)) index += row.below;
  }
  return shown;
}

interface Placing {
  readonly children: ReadonlyMap<string | null, readonly PageSpan[]>;
  readonly placed: Set<PageSpan>;
  readonly rows: WaterfallRow[];
  readonly origin: number;
}

/** Without recursion: traces are nested as deep as anybody likes. */
function placeTree(root: PageSpan, { children, placed, rows, origin }: Placing): void {
  const stack = [{ span: root, depth: 0, parentStart: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { span, depth, parentStart } = next;
    if (placed.has(span)) continue;
    placed.add(span);
    const start = span.startTime === null ? parentStart : span.startTime - origin;
    const end = span.endTime === null ? null : Math.max(start, span.endTime - origin);
    rows.push({ span, depth, start, end, below: 0 });
    const own = children.get(span.spanId) ?? [];
    for (const child of own.toReversed()) stack.push({ span: child, depth: depth + 1, parentStart: start });
  }
}

function withBelow(rows: readonly WaterfallRow[]): readonly WaterfallRow[] {
  const below = rows.map(() => 0);
  const open: number[] = [];
  const close = (depth: number, end: number) => {
    while (open.length > 0 && rows[open.at(-1)!]!.depth >= depth) {
      const index = open.pop()!;
      below[index] = end - index - 1;
    }
  };
  for (const [index, { depth }] of rows.entries()) {
    close(depth, index);
    open.push(index);
  }
  close(0, rows.length);
  return rows.map((row, index) => ({ ...row, below: below[index]! }));
}

function inTime(spans: readonly PageSpan[]): readonly PageSpan[] {
  const timeOf = ({ startTime }: PageSpan) => startTime ?? Number.POSITIVE_INFINITY;
  return spans.toSorted((a, b) => {
    const [first, second] = [timeOf(a), timeOf(b)];
    return first === second ? a.sequenceId - b.sequenceId : first < second ? -1 : 1;
  });
}
