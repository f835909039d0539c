import './candidate-panel.css';
import {
  type CandidateView,
  type DroppedView,
  editWords,
  type RunView,
  type ScoreView,
} from '@agentlightning/core/run';
import { useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { DataTable } from '../components/data-table.tsx';
import { countOf, formatCount, formatInterval, formatScore } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { Tabs } from '../components/tabs.tsx';
import { TextBlock } from '../components/text-block.tsx';
import { Facts, Panel } from '../components/view-layout.tsx';
import { WordDiff } from '../components/word-diff.tsx';
import { routeHash } from '../route.ts';
import { isOver } from '../shell/status-text.ts';
import { candidateHash } from './candidate-hash.ts';
import { datasetWords, lineageOf, shownState } from './candidate-state.ts';
import { useScoring } from './use-scoring.ts';
import { WhyBest } from './verdict.tsx';

/** All there is to know of one candidate: its prompt and what changed, why, and how it did. */
export function CandidatePanel({ view, version }: { view: RunView; version: string | undefined }) {
  const scoring = useScoring(view);
  const candidate = view.candidates.find((other) => other.version === version);
  if (candidate === undefined) {
    return (
      <Panel id="candidate" title="Candidate">
        <EmptyState title="No candidate yet">What the search begins with comes first.</EmptyState>
      </Panel>
    );
  }
  const { word, tone } = shownState(candidate, scoring);
  return (
    <Panel
      id="candidate"
      class="candidate-panel"
      title={candidate.version}
      beside={
        <span class="candidate-badges">
          {view.best?.version === version ? (
            <Badge tone="good">{isOver(view) ? '★ best' : '★ best so far'}</Badge>
          ) : null}
          <Badge tone={tone}>{word}</Badge>
        </span>
      }
    >
      {view.best?.version === version ? <WhyBest view={view} /> : null}
      <Facts facts={originFacts(view, candidate)} />
      <CandidateScores candidate={candidate} />
      <CandidatePrompts view={view} candidate={candidate} />
      {candidate.critique === null ? null : (
        <details open class="candidate-part">
          <summary>{candidate.parent === null ? 'Critique' : `What the critic said of ${candidate.parent}`}</summary>
          <TextBlock text={candidate.critique} label="Critique" />
        </details>
      )}
      <DroppedChildren version={candidate.version} dropped={view.dropped} />
    </Panel>
  );
}

function originFacts(view: RunView, candidate: CandidateView) {
  const { parent, round, edit, beams, resourcesId, version } = candidate;
  const lineage = lineageOf(view.candidates, version).toReversed();
  const rollouts = resourcesId === null ? null : new URLSearchParams({ resources_id: resourcesId });
  return [
    ['Comes from', parent === null ? 'what the search began with' : <VersionLink version={parent} />],
    ['Round', parent === null ? null : round],
    ['Made with', edit === null ? null : <span title={edit}>{editWords(edit)}</span>],
    ['In the beam', beams.length === 0 ? null : `after ${beams.length === 1 ? 'round' : 'rounds'} ${beams.join(', ')}`],
    ['Way here', lineage.length < 3 ? null : <Lineage versions={lineage} />],
    [
      'Rollouts',
      rollouts === null ? null : <a href={routeHash({ view: 'rollouts', query: rollouts })}>its rollouts</a>,
    ],
  ] as const;
}

function VersionLink({ version }: { version: string }) {
  return <a href={candidateHash(version)}>{version}</a>;
}

function Lineage({ versions }: { versions: readonly string[] }) {
  return (
    <>
      {versions.map((version, index) => (
        <span key={version}>
          {index === 0 ? '' : ' → '}
          <VersionLink version={version} />
        </span>
      ))}
    </>
  );
}

function CandidateScores({ candidate: { validation, samples } }: { candidate: CandidateView }) {
  const scores = [...(validation === null ? [] : [validation]), ...samples.toReversed()];
  if (scores.length === 0) return <p class="muted">No score yet</p>;
  return (
    <div>
      <h3>
        Scores <ScoreLabelBadge />
      </h3>
      <DataTable<ScoreView>
        caption="Scores of the candidate"
        rows={scores}
        rowKey={(score) => `${score.dataset} ${score.round} ${scores.indexOf(score)}`}
        columns={[
          { id: 'on', title: 'On', cell: datasetWords },
          { id: 'score', title: 'Score', isNumeric: true, cell: scoreCell },
          {
            id: 'interval',
            title: '95 % interval',
            isNumeric: true,
            cell: ({ interval }) => (interval === null ? '–' : formatInterval(interval)),
          },
          { id: 'n', title: 'n', isNumeric: true, cell: tasksCell },
        ]}
      />
    </div>
  );
}

function scoreCell({ score }: ScoreView) {
  return score === null ? 'incomplete' : <strong>{formatScore(score)}</strong>;
}

function tasksCell({ tasks, failed, unfinished }: ScoreView) {
  const notes = [
    ...(failed === 0 ? [] : [`${formatCount(failed)} failed`]),
    ...(unfinished === 0 ? [] : [`${formatCount(unfinished)} without result`]),
  ];
  return notes.length === 0 ? formatCount(tasks) : `${formatCount(tasks)} (${notes.join(', ')})`;
}

type Shown = 'parent' | 'seed' | 'prompt';

function CandidatePrompts({ view, candidate }: { view: RunView; candidate: CandidateView }) {
  const [wanted, setWanted] = useState<Shown>('parent');
  const lineage = lineageOf(view.candidates, candidate.version);
  const parent = view.candidates.find(({ version }) => version === lineage[1]);
  const seed = view.candidates.find(({ version }) => version === lineage.at(-1));
  const tabs = [
    ...(parent === undefined ? [] : [{ id: 'parent', title: `Diff to ${parent.version}` }]),
    ...(seed === undefined || seed === parent || parent === undefined
      ? []
      : [{ id: 'seed', title: `Diff to ${seed.version}` }]),
    { id: 'prompt', title: 'Prompt' },
  ];
  const shown = tabs.some(({ id }) => id === wanted) ? wanted : tabs[0]!.id;
  const before = shown === 'parent' ? parent : seed;
  if (candidate.prompts.length === 0) return <p class="muted">The events say nothing of its prompt.</p>;
  return (
    <Tabs label="Prompt" tabs={tabs} selected={shown} onSelect={(id) => setWanted(id as Shown)}>
      {candidate.prompts.map(({ name, template, engine }) => (
        <div key={name} class="candidate-prompt">
          <div class="candidate-prompt-line">
            <span>
              <code>{name}</code> <span class="muted small">{engine}</span>
            </span>
            <CopyButton text={template} label="Copy the prompt" />
          </div>
          {shown === 'prompt' ? (
            <TextBlock text={template} label={`Prompt ${name}`} />
          ) : (
            <WordDiff
              before={before?.prompts.find((other) => other.name === name)?.template ?? ''}
              after={template}
              label={`Prompt ${name}, changed from ${before?.version}`}
            />
          )}
        </div>
      ))}
    </Tabs>
  );
}

function DroppedChildren({ version, dropped }: { version: string; dropped: readonly DroppedView[] }) {
  const own = dropped.filter(({ parent }) => parent === version);
  if (own.length === 0) return null;
  return (
    <details class="candidate-part">
      <summary>{countOf(own.length, 'edit')} of it dropped</summary>
      <ul class="candidate-dropped">
        {own.map(({ round, reason, critique }, index) => (
          // Nothing but its place tells one from another, and it stays in its place.
          <li key={index}>
            <span>
              Round {round}: {reason}
            </span>
            {critique === null ? null : <TextBlock text={critique} label="Critique" />}
          </li>
        ))}
      </ul>
    </details>
  );
}
