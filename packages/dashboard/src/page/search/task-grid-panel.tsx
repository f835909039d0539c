import './task-grid-panel.css';
import type { RunView } from '@agentlightning/core/run';
import { useMemo, useState } from 'preact/hooks';
import { DataTable } from '../components/data-table.tsx';
import { countOf, formatCount, formatScore } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { Choice } from '../components/tabs.tsx';
import { Panel } from '../components/view-layout.tsx';
import { candidateHash } from './candidate-hash.ts';
import {
  type Against,
  type Comparison,
  compareColumns,
  comparisonText,
  opponents,
  type RowOrder,
  sortRows,
  type TaskGrid,
  taskGrid,
} from './task-grid.ts';
import { TaskGridCanvas } from './task-grid-canvas.tsx';

/** What each edit fixed and broke, task by task. */
export function TaskGridPanel({ view, selected }: { view: RunView; selected: string | undefined }) {
  const [order, setOrder] = useState<RowOrder>('changed');
  const [against, setAgainst] = useState<Against>('parent');
  const { evaluations, candidates } = view;
  // Of all that begins and ends, only an ended validation changes the grid.
  const known = evaluations.filter(({ mode, results }) => mode === 'val' && results !== null).length;
  const grid = useMemo(() => taskGrid(evaluations, candidates), [known, candidates]);
  const opponentOf = useMemo(() => opponents(candidates, against), [candidates, against]);
  const rows = useMemo(() => sortRows(grid, order, opponentOf), [grid, order, opponentOf]);
  const comparisons = useMemo(() => compareColumns(grid, opponentOf), [grid, opponentOf]);
  const own = comparisons.find(({ version }) => version === selected);
  const summary = own === undefined ? 'Tasks by candidates' : comparisonText(own);
  return (
    <Panel
      id="tasks"
      title="Tasks by candidates"
      beside={
        <span class="task-grid-choices">
          <ScoreLabelBadge />
          <Choice
            label="Compare each candidate with"
            options={[
              ['parent', 'Against its parent'],
              ['seed', 'Against the first'],
            ]}
            selected={against}
            onSelect={setAgainst}
          />
          <Choice
            label="Sort the tasks by"
            options={[
              ['changed', 'Changed most'],
              ['hardest', 'Hardest'],
              ['dataset', 'Dataset row'],
            ]}
            selected={order}
            onSelect={setOrder}
          />
        </span>
      }
    >
      {grid.columns.length === 0 ? (
        <EmptyState title="No results yet">Each validation adds a column.</EmptyState>
      ) : (
        <>
          <p>
            <strong>{summary}</strong>{' '}
            <span class="muted small">
              {countOf(grid.rows.length, 'task')} of the validation set, a row each; a candidate is a column
            </span>
          </p>
          <TaskGridCanvas grid={grid} rows={rows} opponentOf={opponentOf} selected={selected} label={summary} />
          <GridLegend range={grid.rewardRange} against={against} />
          <details>
            <summary>All comparisons</summary>
            <ComparisonTable comparisons={comparisons} />
          </details>
        </>
      )}
    </Panel>
  );
}

/** What the signs and colours of a cell say. */
function GridLegend({ range: [low, high], against }: { range: TaskGrid['rewardRange']; against: Against }) {
  const other = against === 'parent' ? 'its parent' : 'the first';
  return (
    <ul class="task-grid-legend small muted" aria-label="What a cell says">
      <li>
        <span class="grid-key is-reward" aria-hidden="true" /> reward: no bar is {formatScore(low)}, a full one{' '}
        {formatScore(high)}
      </li>
      <li>
        <span class="grid-key is-fixed" aria-hidden="true">
          +
        </span>{' '}
        fixed: a higher reward than {other}
      </li>
      <li>
        <span class="grid-key is-broken" aria-hidden="true">
          −
        </span>{' '}
        broke: a lower one
      </li>
      <li>
        <span class="grid-key" aria-hidden="true">
          ×
        </span>{' '}
        its agent failed
      </li>
      <li>
        <span class="grid-key" aria-hidden="true">
          ?
        </span>{' '}
        no result
      </li>
      <li>empty: not run</li>
    </ul>
  );
}

function ComparisonTable({ comparisons }: { comparisons: readonly Comparison[] }) {
  return (
    <DataTable<Comparison>
      caption="What each candidate fixed and broke"
      rows={comparisons}
      rowKey={({ version }) => version}
      columns={[
        { id: 'version', title: 'Candidate', cell: ({ version }) => <a href={candidateHash(version)}>{version}</a> },
        { id: 'opponent', title: 'Against', cell: ({ opponent }) => opponent },
        { id: 'fixed', title: 'Fixed', isNumeric: true, cell: ({ fixed }) => formatCount(fixed) },
        { id: 'broke', title: 'Broke', isNumeric: true, cell: ({ broke }) => formatCount(broke) },
        { id: 'same', title: 'Same', isNumeric: true, cell: ({ same }) => formatCount(same) },
        {
          id: 'n',
          title: 'Tasks',
          isNumeric: true,
          cell: ({ fixed, broke, same }) => formatCount(fixed + broke + same),
        },
      ]}
    />
  );
}
