import './search-view.css';
import type { RunView } from '@agentlightning/core/run';
import { useRef } from 'preact/hooks';
import { countOf } from '../components/format.ts';
import { EmptyState, Loading, Notice } from '../components/notice.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { useMedia } from '../components/use-media.ts';
import { Panel, ViewLayout } from '../components/view-layout.tsx';
import { useRunDetails } from '../feed/run-details.ts';
import { useFeed } from '../feed/use-feed.ts';
import { type Route, routeHash } from '../route.ts';
import { TimeSplitBar } from '../run/time-split-bar.tsx';
import { isOver } from '../shell/status-text.ts';
import { BeamList } from './beam-list.tsx';
import { BeamTree } from './beam-tree.tsx';
import { candidateHash } from './candidate-hash.ts';
import { CandidatePanel } from './candidate-panel.tsx';
import { SHOWN_STATES, scoringNow } from './candidate-state.ts';
import { Findings, FindingsCount } from './findings.tsx';
import { ScoreCurve } from './score-curve.tsx';
import { TaskGridPanel } from './task-grid-panel.tsx';
import { Verdict } from './verdict.tsx';

/** What the search is doing, what it has tried, and why the best prompt won. `#/search/v5` opens the details of a candidate. */
export function SearchView({ route }: { route: Route }) {
  const { view, connection, entryCount } = useFeed();
  const details = useRef<HTMLDivElement>(null);
  const isNarrow = useMedia('(max-width: 40rem)');
  if (connection.kind === 'no-run') {
    return (
      <ViewLayout title="Search">
        <EmptyState title="This server serves a store, and no run">
          <p>
            To watch a search, open its directory: <code>agl ui runs/…</code>
          </p>
        </EmptyState>
      </ViewLayout>
    );
  }
  if (entryCount === 0) {
    return (
      <ViewLayout title="Search">
        <Loading what="Waiting for the first event of the run …" />
      </ViewLayout>
    );
  }
  const isKnown = view.candidates.some(({ version }) => version === route.id);
  const selected = isKnown ? route.id : (view.best?.version ?? view.candidates.at(0)?.version);
  const select = (version: string, isStep: boolean) => {
    // A walk along the tree is one entry in the history of the browser.
    if (isStep) location.replace(candidateHash(version));
    else location.hash = candidateHash(version);
    if (isStep) return;
    // Where they are not beside the tree, they are far below it.
    if (matchMedia('(max-width: 64rem)').matches) details.current?.scrollIntoView({ block: 'start' });
  };
  return (
    <ViewLayout title="Search" beside={<FindingsCount view={view} />}>
      {route.id === undefined || isKnown ? null : (
        <Notice tone="warn" title={`There is no ${route.id} in this run.`}>
          {isOver(view) ? '' : 'It may be yet to come. '}
          <a href={routeHash({ view: 'search' })}>All candidates</a>
        </Notice>
      )}
      <Findings view={view} />
      <div class="search-glance">
        <Verdict view={view} />
        <ScoreCurve view={view} />
        <Panel id="time" title="Where the time went">
          <TimeSplitBar time={view.time} />
        </Panel>
      </div>
      <div class="search-tree">
        <Panel id="beam" title="Candidates" beside={<ScoreLabelBadge />}>
          {view.candidates.length === 0 && view.parts.length === 0 ? (
            <EmptyState title={view.algorithm === null ? 'This run serves a queue' : 'No candidate yet'}>
              {view.algorithm === null
                ? 'Without an algorithm there is no search: its rollouts are what there is to see.'
                : `What ${view.algorithm} begins with comes first, if it tells of candidates at all.`}
            </EmptyState>
          ) : (
            <>
              <WhatGoesOn view={view} />
              {isNarrow ? (
                <BeamList
                  view={view}
                  opened={route.id}
                  onOpen={(id) => {
                    location.hash = routeHash({ view: 'search', ...(id === undefined ? {} : { id }) });
                  }}
                />
              ) : (
                <BeamTree view={view} selected={selected} onSelect={select} />
              )}
              <Legend />
            </>
          )}
        </Panel>
        {isNarrow ? null : (
          <div class="search-details" ref={details}>
            <CandidatePanel view={view} version={selected} />
          </div>
        )}
      </div>
      <TaskGridPanel view={view} selected={selected} />
    </ViewLayout>
  );
}

/** In words what moves in the tree. */
function WhatGoesOn({ view }: { view: RunView }) {
  const isGone = useRunDetails()?.status === 'broken-off';
  const byDoing = Map.groupBy(view.parts, ({ doing }) => doing);
  const scoring = scoringNow(view);
  const scored = view.candidates.filter(({ resourcesId }) => resourcesId !== null && scoring.has(resourcesId));
  const now = [
    ...[...byDoing].map(([doing, parts]) => `${parts.length} × ${doing}`),
    ...(scored.length === 0 ? [] : [`scoring ${scored.map(({ version }) => version).join(', ')}`]),
  ];
  const { candidates, dropped } = view;
  const droppedText = dropped.length === 0 ? '' : `, ${countOf(dropped.length, 'edit')} dropped`;
  return (
    <p class="search-now">
      {countOf(candidates.length, 'candidate')}
      {droppedText}
      {now.length === 0 ? '' : ` · ${isGone ? 'when it broke off' : 'now'}: ${now.join(', ')}`}
    </p>
  );
}

function Legend() {
  return (
    <ul class="search-legend small muted">
      <li>★ best</li>
      {SHOWN_STATES.map(({ kind, glyph, word }) => (
        <li key={word}>
          {glyph} {word}
          {kind === 'in-beam' ? ': kept, the next round begins with it' : ''}
        </li>
      ))}
      <li>✕ dropped before it was run</li>
      <li>bar: 95 % interval, n: tasks it was measured on</li>
    </ul>
  );
}
