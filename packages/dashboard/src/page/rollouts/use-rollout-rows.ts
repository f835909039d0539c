import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOfFilters, type RolloutFilters } from '../store/rollout-filters.ts';
import { fetchRewards, fetchRollouts } from '../store/store-requests.ts';
import { type Polled, usePolled } from '../store/use-polled.ts';
import { RolloutRows } from './rollout-rows.ts';

/** Scrolling passes over many rows: those are fetched at which it comes to rest. */
const REST_MS = 80;

/** The rollouts that match, as they are looked at. */
export interface ShownRows {
  readonly rows: RolloutRows;
  /** Grows whenever there is something new to draw. */
  readonly revision: number;
  /** Tells which rows are seen. */
  readonly look: (first: number, last: number) => void;
  readonly polled: Polled<true>;
}

/** Fetches rollouts as they are looked at, and anew when the run tells of something. */
export function useRolloutRows(filters: RolloutFilters, firstRow: number): ShownRows {
  const key = addressOfFilters(filters).toString();
  const [revision, setRevision] = useState(0);
  // Other filters are other rows, and the key says which they are.
  const rows = useMemo(() => {
    const made = new RolloutRows(
      { fetchRows: (range, signal) => fetchRollouts(filters, range, signal), fetchRewards },
      () => setRevision((before) => before + 1),
    );
    made.look(firstRow, firstRow + 1);
    return made;
  }, [key]);
  useEffect(() => () => rows.close(), [rows]);
  const polled = usePolled<true>(
    key,
    async (signal) => {
      await rows.refresh(signal);
      return true;
    },
    'news',
  );
  const look = useMemo(() => lookAtRest(rows, polled.refresh), [rows]);
  return { rows, revision, look, polled };
}

function lookAtRest(rows: RolloutRows, retry: () => void): ShownRows['look'] {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (first, last) => {
    clearTimeout(timer);
    if (!rows.look(first, last) || rows.total === undefined) return;
    timer = setTimeout(() => {
      // One that fails is tried again with the rest of what is seen.
      rows.fetchMissing().catch((error: unknown) => {
        if (!(error instanceof DOMException)) retry();
      });
    }, REST_MS);
  };
}
