import { formatTime } from '../components/format.ts';
import { ErrorState, Notice } from '../components/notice.tsx';
import type { Polled } from './use-polled.ts';

/** What is said where a list or a record cannot be fetched: that it cannot, or that what is shown is of earlier. */
export function Unreachable({ polled }: { polled: Pick<Polled<unknown>, 'data' | 'error' | 'fetchedAt' | 'refresh'> }) {
  const { data, error, fetchedAt, refresh } = polled;
  if (error === undefined) return null;
  if (data === undefined || fetchedAt === undefined) return <ErrorState message={error.message} onRetry={refresh} />;
  return (
    <Notice tone="warn" title={error.message}>
      What is shown is as of {formatTime(fetchedAt / 1000)}. It is asked for again.
    </Notice>
  );
}
