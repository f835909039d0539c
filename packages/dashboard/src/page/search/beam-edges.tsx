import type { BeamItem, BeamLayout } from './beam-layout.ts';
import { type BeamSizes, placeOf } from './beam-sizes.ts';

/** The lines from parents to children; those on the way to the best and to the selected candidate on top. Screen readers have the levels of the tree. */
export function BeamEdges({
  layout,
  sizes,
  height,
  best,
  chosen,
}: {
  layout: BeamLayout;
  sizes: BeamSizes;
  height: number;
  /** Versions on the way to the best one. */
  best: ReadonlySet<string>;
  /** Likewise to the selected one. */
  chosen: ReadonlySet<string>;
}) {
  const nodes = new Map(
    layout.items.flatMap((item) => (item.kind === 'candidate' ? [[item.candidate.version, item] as const] : [])),
  );
  const edges = layout.items
    .flatMap((item) => {
      const parent = item.parent === null ? undefined : nodes.get(item.parent);
      return parent === undefined ? [] : [{ item, path: pathBetween(parent, item, sizes), ...weightOf(item) }];
    })
    .sort((a, b) => a.weight - b.weight);
  return (
    <svg class="beam-edges" width={sizes.width} height={height} aria-hidden="true">
      {edges.map(({ item, path, name }) => (
        <path key={item.key} class={`beam-edge ${name}`} d={path} />
      ))}
    </svg>
  );

  function weightOf(item: BeamItem): { weight: number; name: string } {
    if (item.kind !== 'candidate') return { weight: 0, name: `is-${item.kind}` };
    if (best.has(item.candidate.version)) return { weight: 3, name: 'is-best-way' };
    return chosen.has(item.candidate.version) ? { weight: 2, name: 'is-chosen-way' } : { weight: 1, name: '' };
  }
}

function pathBetween(parent: BeamItem, child: BeamItem, sizes: BeamSizes): string {
  const from = placeOf(parent, sizes);
  const to = placeOf(child, sizes);
  const startX = from.left + sizes.nodeWidth;
  const startY = from.top + sizes.nodeHeight / 2;
  const endY = to.top + sizes.nodeHeight / 2;
  // Over more than one column it goes straight on behind the nodes and bends in the last gap.
  const bendX = to.left - (sizes.columnWidth - sizes.nodeWidth);
  const middle = (bendX + to.left) / 2;
  return `M${startX} ${startY}H${bendX}C${middle} ${startY} ${middle} ${endY} ${to.left} ${endY}`;
}
