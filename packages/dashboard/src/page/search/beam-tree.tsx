import './beam-tree.css';
import type { RoundView, RunView } from '@agentlightning/core/run';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useWidth } from '../components/use-width.ts';
import { useRunEnded } from '../feed/use-run-ended.ts';
import { BeamEdges } from './beam-edges.tsx';
import { type BeamItem, type BeamLayout, type BeamStep, layOutBeam, stepInBeam } from './beam-layout.ts';
import { NodeContent, nodeClass, nodeLabel, OtherNode, scoreRange } from './beam-node.tsx';
import { type BeamSizes, beamSizes, columnLeft, placeOf } from './beam-sizes.ts';
import { lineageOf, type ShownState, shownState } from './candidate-state.ts';
import { useScoring } from './use-scoring.ts';

const STEPS: Readonly<Record<string, BeamStep>> = {
  ArrowLeft: 'parent',
  ArrowRight: 'child',
  ArrowUp: 'previous',
  ArrowDown: 'next',
  Home: 'first',
  End: 'last',
};

/** The search as a tree: a column for each round, a node for each candidate, the way to the best one emphasised. */
export function BeamTree({
  view,
  selected,
  onSelect,
}: {
  view: RunView;
  /** The version whose details are shown. */
  selected: string | undefined;
  /** `isStep`: with the arrow keys, on the way to another one. */
  onSelect: (version: string, isStep: boolean) => void;
}) {
  const { candidates, parts, dropped, rounds } = view;
  const layout = useMemo(
    () => layOutBeam({ candidates, parts, dropped, rounds }),
    [candidates, parts, dropped, rounds],
  );
  const { ref, width } = useWidth<HTMLDivElement>();
  const sizes = beamSizes(layout, width);
  const best = new Set(lineageOf(candidates, view.best?.version));
  const chosen = new Set(lineageOf(candidates, selected));
  const scoring = useScoring(view);
  const range = scoreRange(view);
  const height = useGreatest(layout.rows, view.runId) * sizes.rowHeight;
  const tree = useRef<HTMLDivElement>(null);
  const hasStepped = useRef(false);
  useLayoutEffect(() => {
    if (!hasStepped.current) return;
    hasStepped.current = false;
    tree.current?.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  }, [selected]);
  useLayoutEffect(() => {
    if (ref.current !== null && width > 0) revealColumn(ref.current, columnOf(layout, selected), sizes);
    // Only for another candidate: whoever scrolls elsewhere meanwhile is left there.
  }, [selected, width > 0]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = stepInBeam(layout, selected ?? '', step);
    if (next === undefined) return;
    hasStepped.current = true;
    onSelect(next, true);
  };
  const focusable = layout.items.some((item) => item.kind === 'candidate' && item.candidate.version === selected)
    ? selected
    : candidates[0]?.version;
  return (
    <div class="beam-frame" ref={ref}>
      <div class="beam-canvas" style={{ '--width': `${sizes.width}px`, '--height': `${height}px` }}>
        <ColumnHeads view={view} sizes={sizes} columns={layout.columns} />
        <div class="beam-nodes">
          <BeamEdges layout={layout} sizes={sizes} height={height} best={best} chosen={chosen} />
          <div
            class="beam-tree"
            role="tree"
            aria-label="Candidates by round"
            aria-describedby="beam-keys"
            ref={tree}
            onKeyDown={onKeyDown}
          >
            {layout.items.map((item) => (
              <BeamNode
                key={item.key}
                item={item}
                sizes={sizes}
                state={item.kind === 'candidate' ? shownState(item.candidate, scoring) : undefined}
                range={range}
                isBest={item.kind === 'candidate' && item.candidate.version === view.best?.version}
                isOnBestWay={item.kind === 'candidate' && best.has(item.candidate.version)}
                isSelected={item.kind === 'candidate' && item.candidate.version === selected}
                isFocusable={item.kind === 'candidate' && item.candidate.version === focusable}
                onSelect={onSelect}
              />
            ))}
          </div>
        </div>
      </div>
      <p id="beam-keys" class="visually-hidden">
        The arrow keys lead left to the parent, right to the first child, up and down along the round.
      </p>
    </div>
  );
}

interface BeamNodeProps {
  readonly item: BeamItem;
  readonly sizes: BeamSizes;
  readonly state: ShownState | undefined;
  readonly range: readonly [low: number, high: number];
  readonly isBest: boolean;
  readonly isOnBestWay: boolean;
  readonly isSelected: boolean;
  readonly isFocusable: boolean;
  readonly onSelect: (version: string, isStep: boolean) => void;
}

function BeamNode({
  item,
  sizes,
  state,
  range,
  isBest,
  isOnBestWay,
  isSelected,
  isFocusable,
  onSelect,
}: BeamNodeProps) {
  const { left, top } = placeOf(item, sizes);
  const style = { '--left': `${left}px`, '--top': `${top}px`, '--width': `${sizes.nodeWidth}px` };
  if (item.kind !== 'candidate') return <OtherNode item={item} style={style} />;
  const { candidate } = item;
  const label = nodeLabel(candidate, state!, isBest);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys; Enter selects nothing that moving to it has not
    <div
      class={nodeClass(state!, isOnBestWay)}
      style={style}
      role="treeitem"
      aria-selected={isSelected}
      aria-level={item.level + 1}
      tabIndex={isFocusable ? 0 : -1}
      title={label}
      onClick={() => onSelect(candidate.version, false)}
    >
      <NodeContent candidate={candidate} state={state!} isBest={isBest} range={range} />
    </div>
  );
}

function ColumnHeads({ view, sizes, columns }: { view: RunView; sizes: BeamSizes; columns: number }) {
  const isEnded = useRunEnded();
  return (
    <ol class="beam-heads">
      {Array.from({ length: columns }, (_, round) => {
        const known = view.roundList.find((other) => other.round === round);
        const isNow = round > 0 && known !== undefined && known.endTime === null && !isEnded;
        const style = { left: `${columnLeft(round, sizes)}px`, width: `${sizes.nodeWidth}px` };
        return (
          // Rounds have no name but their number.
          <li key={round} style={style} class={isNow ? 'is-now' : undefined}>
            <strong>{round === 0 ? 'Begins with' : `Round ${round}`}</strong>
            <span class="muted small">{round === 0 ? '' : roundText(known, isNow)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function roundText(round: RoundView | undefined, isNow: boolean): string {
  // What it kept is the beam that the next round begins with.
  if (round?.beam != null) return `kept ${round.beam.join(', ')}`;
  return isNow ? 'under way' : '';
}

function columnOf({ items }: BeamLayout, version: string | undefined): number {
  return items.find((item) => item.kind === 'candidate' && item.candidate.version === version)?.column ?? 0;
}

const OUTLINE = 3;

/** Scrolls the tree, and not the page. */
function revealColumn(frame: HTMLElement, column: number, sizes: BeamSizes): void {
  // With its outline.
  const left = columnLeft(column, sizes) - OUTLINE;
  const right = left + sizes.nodeWidth + 2 * OUTLINE;
  frame.scrollLeft = Math.min(left, Math.max(frame.scrollLeft, right - frame.clientWidth));
}

/** The greatest value so far: what becomes shorter for a moment makes nothing move. */
function useGreatest(value: number, resetBy: unknown): number {
  const greatest = useRef({ value, resetBy });
  if (greatest.current.resetBy !== resetBy) greatest.current = { value, resetBy };
  greatest.current.value = Math.max(greatest.current.value, value);
  return greatest.current.value;
}
