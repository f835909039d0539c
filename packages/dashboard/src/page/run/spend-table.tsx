import type { Budget, BudgetLimit, RunView } from '@agentlightning/core/run';
import { endedRollouts } from '@agentlightning/core/run';
import { DataTable } from '../components/data-table.tsx';
import { formatCount, formatDuration, formatUsd } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';

interface SpendRow {
  readonly limit: BudgetLimit;
  readonly title: string;
  readonly spent: number | null;
  readonly planned: number | null;
  readonly format: (value: number) => string;
  /** What else there is to say of it. */
  readonly note?: string;
}

/** What was spent, of what budget, and of what was planned. */
export function SpendTable({ view }: { view: RunView }) {
  const { spend, budget } = view;
  if (spend === null) return <EmptyState title="Nothing spent yet" />;
  const { modelCalls, tokens } = spend;
  const rows: SpendRow[] = [
    {
      limit: 'rollouts',
      title: 'Rollouts',
      spent: spend.rollouts,
      planned: view.plannedRollouts,
      format: formatCount,
      note: `${formatCount(endedRollouts(view))} ended, ${formatCount(view.rollouts.failed)} failed, ${formatCount(view.rollouts.retried)} retried`,
    },
    {
      limit: 'modelCalls',
      title: 'Model calls',
      spent: modelCalls.algorithm + modelCalls.agent,
      planned: null,
      format: formatCount,
      note: `${formatCount(modelCalls.algorithm)} by the optimiser, ${formatCount(modelCalls.agent)} by agents`,
    },
    {
      limit: 'tokens',
      title: 'Tokens',
      spent: tokens.prompt + tokens.completion,
      planned: null,
      format: formatCount,
      note: `${formatCount(tokens.prompt)} in prompts, ${formatCount(tokens.completion)} in replies`,
    },
    {
      limit: 'usd',
      title: 'Cost',
      spent: spend.usd,
      planned: null,
      format: formatUsd,
      ...(spend.unpricedModels.length === 0 ? {} : { note: `without ${spend.unpricedModels.join(', ')}: no price` }),
    },
    {
      limit: 'minutes',
      title: 'Time',
      // Both are told from time to time.
      spent: Math.max(spend.minutes, (view.time?.wall ?? 0) / 60),
      planned: null,
      format: (minutes) => formatDuration(minutes * 60),
    },
  ];
  return (
    <DataTable<SpendRow>
      caption="Spend and budget"
      rows={rows}
      rowKey={({ limit }) => limit}
      columns={[
        {
          id: 'what',
          title: 'What',
          cell: ({ title, note }) => (
            <>
              {title} {note === undefined ? null : <span class="spend-note muted small">{note}</span>}
            </>
          ),
        },
        {
          id: 'spent',
          title: 'Spent',
          isNumeric: true,
          cell: ({ spent, format }) => (spent === null ? 'no prices' : format(spent)),
        },
        {
          id: 'planned',
          title: 'Planned',
          isNumeric: true,
          cell: ({ planned, format }) => (planned === null ? '–' : format(planned)),
        },
        { id: 'budget', title: 'Budget', isNumeric: true, cell: (row) => <BudgetCell row={row} budget={budget} /> },
      ]}
    />
  );
}

function BudgetCell({ row: { limit, title, spent, format }, budget }: { row: SpendRow; budget: Budget | null }) {
  const cap = budget?.[limit];
  if (cap === undefined) return <span class="muted">no limit</span>;
  return (
    <span class="budget-cell">
      {format(cap)}
      <meter
        min={0}
        max={cap}
        high={cap * 0.9}
        value={Math.min(cap, spent ?? 0)}
        aria-label={`${title} spent of the budget`}
      />
    </span>
  );
}
