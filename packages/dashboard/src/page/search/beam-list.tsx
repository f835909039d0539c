import './beam-tree.css';
import './beam-list.css';
import type { RunView } from '@agentlightning/core/run';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { layOutBeam } from './beam-layout.ts';
import { NodeContent, nodeClass, OtherNode, scoreRange } from './beam-node.tsx';
import { CandidatePanel } from './candidate-panel.tsx';
import { lineageOf, shownState } from './candidate-state.ts';
import { useScoring } from './use-scoring.ts';

/** The search as a list, in the order of the tree, where there is no room for columns. What is opened of a candidate stands below it. */
export function BeamList({
  view,
  opened,
  onOpen,
}: {
  view: RunView;
  /** A version. */
  opened: string | undefined;
  /** `undefined`: it is closed again. */
  onOpen: (version: string | undefined) => void;
}) {
  const { candidates, parts, dropped, rounds } = view;
  const { items } = useMemo(
    () => layOutBeam({ candidates, parts, dropped, rounds }),
    [candidates, parts, dropped, rounds],
  );
  const best = new Set(lineageOf(candidates, view.best?.version));
  const scoring = useScoring(view);
  const range = scoreRange(view);
  const list = useRef<HTMLUListElement>(null);
  /** Where the button was that was pressed: it stays there, though what was opened above it is gone. */
  const pressedAt = useRef<number>(undefined);
  const hadOpened = useRef(false);
  const isShown = candidates.some(({ version }) => version === opened);
  useLayoutEffect(() => {
    const button = list.current?.querySelector<HTMLElement>('[aria-expanded=true]');
    const before = pressedAt.current;
    pressedAt.current = undefined;
    if (button == null) return;
    if (before !== undefined) scrollBy(0, button.getBoundingClientRect().top - before);
    else {
      // An address that was opened, or a link: the candidate is looked for, and has the focus if that was lost with the link.
      button.scrollIntoView({ block: 'start' });
      if (hadOpened.current && document.activeElement === document.body) button.focus({ preventScroll: true });
    }
    hadOpened.current = true;
  }, [opened, isShown]);
  return (
    <ul class="beam-list" aria-label="Candidates" ref={list}>
      {items.map((item) => {
        const style = { '--level': `${item.level}` };
        if (item.kind !== 'candidate') {
          return (
            <li key={item.key}>
              <OtherNode item={item} style={style} />
            </li>
          );
        }
        const { candidate } = item;
        const { version } = candidate;
        const state = shownState(candidate, scoring);
        const isOpen = version === opened;
        return (
          <li key={item.key}>
            <button
              type="button"
              class={nodeClass(state, best.has(version))}
              style={style}
              aria-expanded={isOpen}
              onClick={({ currentTarget }) => {
                pressedAt.current = currentTarget.getBoundingClientRect().top;
                onOpen(isOpen ? undefined : version);
              }}
            >
              <NodeContent candidate={candidate} state={state} isBest={version === view.best?.version} range={range} />
              <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
            </button>
            {isOpen ? <CandidatePanel view={view} version={version} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
