import type { RunDetails } from '@agentlightning/core/run';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { request } from '../server/request.ts';

/** So often it is looked whether a process still works on the run: one that was killed tells nobody. */
const POLL_MS = 10_000;

/** What the files of the run say; `null` as long as they have not been read. */
export const RunDetailsContext = createContext<RunDetails | null>(null);

/** What the files of the run say; `null` as long as they have not been read. */
export function useRunDetails(): RunDetails | null {
  return useContext(RunDetailsContext);
}

/**
 * Reads what the files of the run say, for {@link RunDetailsContext}: at once, as it goes on, and when it has ended.
 * @param isLive - whether the server is there, and has a run
 * @param isOver - whether the run has ended, as far as its events say
 */
export function useReadRunDetails(isLive: boolean, isOver: boolean): RunDetails | null {
  const [details, setDetails] = useState<RunDetails | null>(null);
  useEffect(() => {
    if (!isLive) return;
    const ending = new AbortController();
    const read = async () => {
      try {
        const response = await request('v1/agl/run', { signal: ending.signal, cache: 'no-store' });
        setDetails((await response.json()) as RunDetails);
      } catch {
        // The events tell that the server is gone, and it is asked again.
      }
    };
    void read();
    // Also after its end: the process writes its result behind the last event, and may go on with the run later.
    const timer = setInterval(() => void read(), isOver ? 3 * POLL_MS : POLL_MS);
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, [isLive, isOver]);
  return details;
}
