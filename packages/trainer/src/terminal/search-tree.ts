import type { CandidateView, RunView, ScoreView } from '@agentlightning/core/run';

/** A candidate with its place in the tree. */
export interface TreeRow {
  readonly candidate: CandidateView;
  /** What is drawn before its name: `├ `, `│ └ `; empty for what the search began with. */
  readonly branch: string;
  readonly isBest: boolean;
  /** On the whole validation set if there is one, otherwise on the last sample. */
  readonly score: ScoreView | null;
}

/** Some candidates of a search as a tree, parents before their children. */
export interface SearchTree {
  readonly rows: readonly TreeRow[];
  /** How many are not among them. */
  readonly hidden: number;
}

/**
 * Chooses the candidates that tell most about where a search stands: the best, the beam, what the round tries, then the best of the others, each with those it
 * descends from, so that every row hangs on one above it. Children are in the order in which they became known: rows do not change places while scores come in.
 */
export function searchTree(view: Pick<RunView, 'candidates' | 'best'>, most: number): SearchTree {
  const { candidates } = view;
  const parents = parentsOf(candidates);
  const chosen = new Set<CandidateView>();
  for (const candidate of byImportance(view)) {
    const line = lineOf(candidate, parents).filter((ancestor) => !chosen.has(ancestor));
    if (chosen.size + line.length <= most) for (const ancestor of line) chosen.add(ancestor);
  }
  const rows: TreeRow[] = [];
  const children = new Map<CandidateView | undefined, CandidateView[]>();
  for (const candidate of candidates) {
    if (!chosen.has(candidate)) continue;
    const parent = parents.get(candidate);
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [candidate]);
    else siblings.push(candidate);
  }
  const add = (candidate: CandidateView, branch: string, below: string): void => {
    rows.push({ candidate, branch, isBest: view.best?.version === candidate.version, score: latestScore(candidate) });
    const own = children.get(candidate) ?? [];
    for (const [index, child] of own.entries()) {
      const isLast = index === own.length - 1;
      add(child, `${below}${isLast ? '└ ' : '├ '}`, `${below}${isLast ? '  ' : '│ '}`);
    }
  };
  for (const root of children.get(undefined) ?? []) add(root, '', '');
  return { rows, hidden: candidates.length - rows.length };
}

/** The score that says most about a candidate; `null` if it has none yet. */
function latestScore({ validation, samples }: CandidateView): ScoreView | null {
  return validation ?? samples.at(-1) ?? null;
}

function byImportance({ candidates, best }: Pick<RunView, 'candidates' | 'best'>): readonly CandidateView[] {
  const lastRound = Math.max(0, ...candidates.map(({ round }) => round));
  const rank = (candidate: CandidateView): number => {
    if (candidate.version === best?.version) return 0;
    if (candidate.parent === null) return 1;
    if (candidate.state === 'in-beam') return 2;
    return candidate.state === 'open' && candidate.round === lastRound ? 3 : 4;
  };
  return candidates
    .map((candidate) => ({ candidate, rank: rank(candidate), score: latestScore(candidate)?.score ?? -Infinity }))
    .sort((a, b) => a.rank - b.rank || b.score - a.score || 0)
    .map(({ candidate }) => candidate);
}

/** Only one that was known before it is taken for a parent: one from nowhere, or a circle, makes no tree. */
function parentsOf(candidates: readonly CandidateView[]): ReadonlyMap<CandidateView, CandidateView> {
  const parents = new Map<CandidateView, CandidateView>();
  const known = new Map<string, CandidateView>();
  for (const candidate of candidates) {
    const parent = candidate.parent === null ? undefined : known.get(candidate.parent);
    if (parent !== undefined) parents.set(candidate, parent);
    known.set(candidate.version, candidate);
  }
  return parents;
}

/** From the oldest ancestor to itself. */
function lineOf(
  candidate: CandidateView,
  parents: ReadonlyMap<CandidateView, CandidateView>,
): readonly CandidateView[] {
  const line: CandidateView[] = [];
  for (let each: CandidateView | undefined = candidate; each !== undefined; each = parents.get(each))
    line.unshift(each);
  return line;
}
