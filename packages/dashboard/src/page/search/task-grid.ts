import type { CandidateView, EvaluationView } from '@agentlightning/core/run';
import { lineageOf } from './candidate-state.ts';

/** How a candidate did on a task. */
export interface GridCell {
  /** `null` for a rollout without a result. */
  readonly reward: number | null;
  /** Whether its agent failed or timed out. */
  readonly isFailed: boolean;
  readonly rolloutId: string;
  /** Of the evaluation it is from. */
  readonly tasks: number;
}

/** What an edit did to a task. */
export type Change = 'fixed' | 'broke' | 'same';

/** A candidate's column. */
interface GridColumn {
  readonly version: string;
  /** By row of the validation set. */
  readonly cells: ReadonlyMap<number, GridCell>;
}

/** Tasks by candidates. */
export interface TaskGrid {
  /** Candidates with results, in the order in which they became known. */
  readonly columns: readonly GridColumn[];
  /** Rows of the validation set that anything is known of, in the order of the set. */
  readonly rows: readonly number[];
  /** The lowest and the highest reward; 0 and 1 if all lie between. */
  readonly rewardRange: readonly [low: number, high: number];
}

/**
 * Puts the results of all evaluations on the validation set together. Where a candidate ran a task in several, that of the larger evaluation counts, and of equally large
 * ones the later: so candidates that were scored on the whole set are compared by that.
 */
export function taskGrid(evaluations: readonly EvaluationView[], candidates: readonly CandidateView[]): TaskGrid {
  const cellsBySnapshot = new Map<string, Map<number, GridCell>>();
  for (const { mode, rows, results } of evaluations) {
    if (mode !== 'val' || results === null) continue;
    for (const { resourcesId, rewards, failed, rolloutIds } of results) {
      const cells = cellsBySnapshot.get(resourcesId) ?? new Map<number, GridCell>();
      cellsBySnapshot.set(resourcesId, cells);
      for (const [index, row] of rows.entries()) {
        if (row === null || (cells.get(row)?.tasks ?? 0) > rows.length) continue;
        const isFailed = failed.includes(index);
        cells.set(row, { reward: rewards[index] ?? null, isFailed, rolloutId: rolloutIds[index]!, tasks: rows.length });
      }
    }
  }
  const columns = candidates.flatMap(({ version, resourcesId }) => {
    const cells = resourcesId === null ? undefined : cellsBySnapshot.get(resourcesId);
    return cells === undefined ? [] : [{ version, cells }];
  });
  const rows = new Set(columns.flatMap(({ cells }) => [...cells.keys()]));
  let [low, high] = [0, 1];
  for (const { cells } of columns) {
    for (const { reward } of cells.values()) {
      low = Math.min(low, reward ?? low);
      high = Math.max(high, reward ?? high);
    }
  }
  return { columns, rows: [...rows].sort((a, b) => a - b), rewardRange: [low, high] };
}

/** What a candidate is compared with. */
export type Against = 'parent' | 'seed';

/** By version, the version it is compared with; the first ones with none. */
export function opponents(candidates: readonly CandidateView[], against: Against): ReadonlyMap<string, string> {
  return new Map(
    candidates.flatMap(({ version }) => {
      const lineage = lineageOf(candidates, version);
      const opponent = against === 'parent' ? lineage[1] : lineage.at(-1);
      return opponent === undefined || opponent === version ? [] : [[version, opponent]];
    }),
  );
}

/** What became of one task from one candidate to the other; `undefined` unless both have a result. */
export function changeOf(before: GridCell | undefined, after: GridCell | undefined): Change | undefined {
  if (before?.reward == null || after?.reward == null) return undefined;
  if (after.reward === before.reward) return 'same';
  return after.reward > before.reward ? 'fixed' : 'broke';
}

/** One candidate against another, over the tasks that both have a result of. */
export interface Comparison {
  readonly version: string;
  readonly opponent: string;
  readonly fixed: number;
  readonly broke: number;
  readonly same: number;
}

/** Compares each candidate with its opponent; those without one, or without a task in common, are left out. */
export function compareColumns({ columns }: TaskGrid, opponentOf: ReadonlyMap<string, string>): readonly Comparison[] {
  const byVersion = new Map(columns.map(({ version, cells }) => [version, cells]));
  return columns.flatMap(({ version, cells }) => {
    const opponent = opponentOf.get(version);
    const before = opponent === undefined ? undefined : byVersion.get(opponent);
    if (opponent === undefined || before === undefined) return [];
    const count = { fixed: 0, broke: 0, same: 0 };
    for (const [row, cell] of cells) {
      const change = changeOf(before.get(row), cell);
      if (change !== undefined) count[change] += 1;
    }
    return count.fixed + count.broke + count.same === 0 ? [] : [{ version, opponent, ...count }];
  });
}

/** How the rows of the grid can be sorted. */
export type RowOrder = 'dataset' | 'changed' | 'hardest';

/** The rows in an order: as in the set; those that edits changed most often first; or those with the lowest rewards first. */
export function sortRows(grid: TaskGrid, order: RowOrder, opponentOf: ReadonlyMap<string, string>): readonly number[] {
  if (order === 'dataset') return grid.rows;
  const byVersion = new Map(grid.columns.map(({ version, cells }) => [version, cells]));
  const weights = new Map(grid.rows.map((row) => [row, order === 'changed' ? changes(row) : difficulty(row)]));
  return grid.rows.toSorted((a, b) => weights.get(b)! - weights.get(a)! || a - b);

  function changes(row: number): number {
    return grid.columns.filter(({ version, cells }) => {
      const change = changeOf(byVersion.get(opponentOf.get(version) ?? '')?.get(row), cells.get(row));
      return change === 'fixed' || change === 'broke';
    }).length;
  }

  function difficulty(row: number): number {
    const rewards = grid.columns.flatMap(({ cells }) => cells.get(row)?.reward ?? []);
    return rewards.length === 0 ? -Infinity : -rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  }
}

/** `v5 against v0: 29 fixed, 2 broke, 49 same of 80 tasks`. */
export function comparisonText({ version, opponent, fixed, broke, same }: Comparison): string {
  const tasks = fixed + broke + same;
  return `${version} against ${opponent}: ${fixed} fixed, ${broke} broke, ${same} same of ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
}
