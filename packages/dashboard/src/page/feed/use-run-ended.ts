import { isOver } from '../shell/status-text.ts';
import { useRunDetails } from './run-details.ts';
import { useFeed } from './use-feed.ts';

/** Whether nobody works on the run any more, as its events or its files say: of a process that was killed no event tells. Never so for a store without a run. */
export function useRunEnded(): boolean {
  const { view, connection } = useFeed();
  const details = useRunDetails();
  if (connection.kind === 'no-run') return false;
  return isOver(view) || (details !== null && details.status !== 'running');
}
