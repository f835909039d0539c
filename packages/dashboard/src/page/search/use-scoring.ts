import type { RunView } from '@agentlightning/core/run';
import { useRunEnded } from '../feed/use-run-ended.ts';
import { scoringNow } from './candidate-state.ts';

const NONE: ReadonlySet<string> = new Set();

/** The snapshots whose validation is under way: none of a run that nobody works on. */
export function useScoring(view: RunView): ReadonlySet<string> {
  return useRunEnded() ? NONE : scoringNow(view);
}
