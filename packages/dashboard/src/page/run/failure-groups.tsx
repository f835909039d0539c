import type { FailureGroup } from '@agentlightning/core/run';
import { DataTable } from '../components/data-table.tsx';
import { formatCount } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { routeHash } from '../route.ts';

/** Why rollouts failed, and how many for each reason. */
export function FailureGroups({ failures }: { failures: readonly FailureGroup[] }) {
  if (failures.length === 0) return <EmptyState title="No rollout has failed" />;
  return (
    <DataTable<FailureGroup>
      caption="Rollouts that failed, by reason"
      rows={failures}
      rowKey={({ message }) => message}
      columns={[
        { id: 'count', title: 'Rollouts', isNumeric: true, cell: ({ count }) => formatCount(count) },
        { id: 'example', title: 'Such as', cell: ({ example }) => <span class="failure-example">{example}</span> },
        {
          id: 'rollout',
          title: 'One of them',
          cell: ({ rolloutId }) => <a href={routeHash({ view: 'rollouts', id: rolloutId })}>open</a>,
        },
      ]}
    />
  );
}
