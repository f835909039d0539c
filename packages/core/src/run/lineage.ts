import type { CandidateView } from './run-view.ts';

/**
 * The candidates from one up to what the search began with, itself first. Ends at one that is not known; empty if it is not known itself. Whoever tells of a
 * circle gets it once.
 */
export function lineageOf(
  candidates: readonly CandidateView[],
  version: string | null | undefined,
): readonly CandidateView[] {
  const byVersion = new Map(candidates.map((candidate) => [candidate.version, candidate]));
  const line: CandidateView[] = [];
  const named = (name: string | null | undefined): CandidateView | undefined =>
    name === null || name === undefined ? undefined : byVersion.get(name);
  let next = named(version);
  while (next !== undefined && !line.includes(next)) {
    line.push(next);
    next = named(next.parent);
  }
  return line;
}
