import type { CandidateView, DroppedView, PartView } from '@agentlightning/core/run';

/** Something that the tree shows. `column` is its round, `row` its place in it from the top, `level` how many parents it has above it. */
export type BeamItem = {
  readonly key: string;
  readonly column: number;
  readonly row: number;
  readonly level: number;
  /** The version it comes from, if that is shown too. */
  readonly parent: string | null;
} & (
  | { readonly kind: 'candidate'; readonly candidate: CandidateView }
  /** Something that is being worked on, and may become a candidate. */
  | { readonly kind: 'part'; readonly part: PartView }
  /** What was dropped of one parent in one round. */
  | { readonly kind: 'dropped'; readonly dropped: readonly DroppedView[] }
);

/** The tree of a search, laid out. */
export interface BeamLayout {
  /** Each parent before its children, which follow it at once: the order in which they are read. */
  readonly items: readonly BeamItem[];
  readonly columns: number;
  /** Of the longest column. */
  readonly rows: number;
}

type Unplaced = { readonly round: number; readonly parent: string | null } & (
  | { readonly kind: 'candidate'; readonly candidate: CandidateView }
  | { readonly kind: 'part'; readonly part: PartView }
  | { readonly kind: 'dropped'; readonly dropped: readonly DroppedView[] }
);

/**
 * Places candidates in columns by round: children in the order of their parents, so that few lines cross, and in the order in which they became known, so that nothing
 * moves but to make room.
 *
 * @param rounds - how many are planned; their columns are there from the beginning
 */
export function layOutBeam({
  candidates,
  parts,
  dropped,
  rounds,
}: {
  readonly candidates: readonly CandidateView[];
  readonly parts: readonly PartView[];
  readonly dropped: readonly DroppedView[];
  readonly rounds: number;
}): BeamLayout {
  const versions = new Set(candidates.map(({ version }) => version));
  const shownParent = (parent: string | null) => (parent !== null && versions.has(parent) ? parent : null);
  const all: Unplaced[] = [
    ...candidates.map((candidate) => ({
      kind: 'candidate' as const,
      candidate,
      round: candidate.round,
      parent: candidate.parent === candidate.version ? null : shownParent(candidate.parent),
    })),
    ...groupedDropped(dropped).map((group) => ({
      kind: 'dropped' as const,
      dropped: group,
      round: group[0]!.round,
      parent: shownParent(group[0]!.parent),
    })),
    ...parts
      .toSorted((a, b) => (a.part < b.part ? -1 : 1))
      .map((part) => ({ kind: 'part' as const, part, round: part.round, parent: shownParent(part.parent) })),
  ];
  const childrenOf = Map.groupBy(all, ({ parent }) => parent);
  const rowsOfColumn = new Map<number, number>();
  const items: BeamItem[] = [];
  const placed = new Set<Unplaced>();
  const place = (item: Unplaced, level: number): void => {
    if (placed.has(item)) return;
    placed.add(item);
    const column = Math.max(0, item.round);
    const row = rowsOfColumn.get(column) ?? 0;
    rowsOfColumn.set(column, row + 1);
    const { round: _round, ...rest } = item;
    items.push({ ...rest, key: keyOf(item), column, row, level });
    if (item.kind !== 'candidate') return;
    for (const child of childrenOf.get(item.candidate.version) ?? []) place(child, level + 1);
  };
  for (const root of childrenOf.get(null) ?? []) place(root, 0);
  // Whoever names each other as parents is shown all the same.
  for (const item of all) place(item, 0);
  return {
    items,
    columns: Math.max(rounds, 0, ...items.map(({ column }) => column)) + 1,
    rows: Math.max(0, ...rowsOfColumn.values()),
  };
}

function keyOf(item: Unplaced): string {
  if (item.kind === 'candidate') return `candidate ${item.candidate.version}`;
  if (item.kind === 'part') return `part ${item.round} ${item.part.part}`;
  return `dropped ${item.round} ${item.dropped[0]!.parent}`;
}

function groupedDropped(dropped: readonly DroppedView[]): readonly (readonly DroppedView[])[] {
  return [...Map.groupBy(dropped, ({ round, parent }) => `${round} ${parent}`).values()];
}

/** A step of the arrow keys. */
export type BeamStep = 'parent' | 'child' | 'previous' | 'next' | 'first' | 'last';

/** The candidate that a step leads to from another one; `undefined` where there is none. */
export function stepInBeam({ items }: BeamLayout, version: string, step: BeamStep): string | undefined {
  const candidates = items.filter((item) => item.kind === 'candidate');
  const from = candidates.find(({ candidate }) => candidate.version === version);
  if (from === undefined) return candidates[0]?.candidate.version;
  const column = candidates.filter((item) => item.column === from.column).toSorted((a, b) => a.row - b.row);
  const index = column.indexOf(from);
  switch (step) {
    case 'parent':
      return from.parent ?? undefined;
    case 'child':
      return candidates.find(({ parent }) => parent === version)?.candidate.version;
    case 'previous':
      return column[index - 1]?.candidate.version;
    case 'next':
      return column[index + 1]?.candidate.version;
    case 'first':
      return candidates[0]?.candidate.version;
    case 'last':
      return candidates.at(-1)?.candidate.version;
    default:
      return step satisfies never;
  }
}
