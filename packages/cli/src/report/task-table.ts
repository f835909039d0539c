import type { CandidateResult, EvaluationView, RunView } from '@agentlightning/core/run';
import { latestScore, lineageOf, seedOf } from './report-facts.ts';

/** What a candidate got for a task. */
export interface TaskCell {
  /** `null`: no result. */
  readonly reward: number | null;
  readonly hasFailed: boolean;
}

/** A task, and how each candidate did on it. */
export interface TaskRow {
  /** In its dataset, from 0. */
  readonly row: number;
  /** A rollout that was given this task. */
  readonly rolloutId: string;
  /** Beside the versions of the table; `null` where a candidate has not been given the task. */
  readonly cells: readonly (TaskCell | null)[];
  /** What the last candidate of the table made of it, compared with the first. */
  readonly change: 'fixed' | 'broke' | 'same' | 'unknown';
}

/** Tasks of a set against candidates. */
export interface TaskTable {
  readonly set: 'held-out' | 'validation';
  /** The first is what the run began with, the last the best. */
  readonly versions: readonly string[];
  /** Those that changed first: those that were broken, then those that were fixed. */
  readonly rows: readonly TaskRow[];
  /** How many of them a report lists. */
  readonly listed: number;
  /** Over all tasks, shown or not. */
  readonly counts: {
    readonly tasks: number;
    readonly fixed: number;
    readonly broke: number;
    readonly same: number;
    readonly unknown: number;
  };
}

/** So many tasks are shown of a set. */
const MOST_ROWS = 60;
const MOST_VERSIONS = 10;

/** What was fixed and what was broken, task by task: on the held-out tasks, if they were read, and on the validation set. */
export function taskTables(view: RunView): readonly TaskTable[] {
  return [heldOutTable(view), validationTable(view)].filter((table) => table !== undefined);
}

function heldOutTable(view: RunView): TaskTable | undefined {
  const seed = seedOf(view);
  const evaluation = view.evaluations.findLast(({ mode, results }) => mode === 'test' && results?.length === 2);
  if (evaluation === undefined || seed === undefined || view.best === null) return undefined;
  const [first, second] = evaluation.results!;
  // The best first or last: the seed's snapshot tells.
  const [before, after] = second!.resourcesId === seed.resourcesId ? [second!, first!] : [first!, second!];
  return tableOf('held-out', [
    { version: seed.version, results: resultsOf([{ evaluation, result: before }]) },
    { version: view.best.version, results: resultsOf([{ evaluation, result: after }]) },
  ]);
}

function validationTable(view: RunView): TaskTable | undefined {
  const seed = seedOf(view);
  const lineage = lineageOf(view);
  const best = lineage.at(-1);
  if (seed === undefined || best === undefined || best === seed) return undefined;
  // The line to the best, and others that did well on the whole set: they show what was tried beside it.
  const others = view.candidates
    .filter((candidate) => candidate.validation !== null && candidate !== seed && !lineage.includes(candidate))
    .sort((a, b) => (latestScore(b)?.score ?? -Infinity) - (latestScore(a)?.score ?? -Infinity));
  const between = [...lineage.slice(1, -1).slice(-(MOST_VERSIONS - 2)), ...others].slice(0, MOST_VERSIONS - 2);
  const columns = [seed, ...between, best].map(({ version, resourcesId }) => ({
    version,
    results: resultsOf(
      view.evaluations
        .filter(({ mode }) => mode === 'val')
        .flatMap((evaluation) =>
          (evaluation.results ?? [])
            .filter((result) => result.resourcesId === resourcesId)
            .map((result) => ({ evaluation, result })),
        ),
    ),
  }));
  const known = columns.filter(({ results }) => results.size > 0);
  return known.length < 2 ? undefined : tableOf('validation', known);
}

type Results = ReadonlyMap<number, TaskCell & { readonly rolloutId: string }>;

/** By row of the dataset; of a task that was done more than once, the last. */
function resultsOf(
  parts: readonly { readonly evaluation: EvaluationView; readonly result: CandidateResult }[],
): Results {
  const results = new Map<number, TaskCell & { readonly rolloutId: string }>();
  for (const { evaluation, result } of parts) {
    const failed = new Set(result.failed);
    for (const [position, row] of evaluation.rows.entries()) {
      if (row === null) continue;
      results.set(row, {
        reward: result.rewards[position] ?? null,
        hasFailed: failed.has(position),
        rolloutId: result.rolloutIds[position] ?? '',
      });
    }
  }
  return results;
}

function tableOf(
  set: TaskTable['set'],
  columns: readonly { readonly version: string; readonly results: Results }[],
): TaskTable {
  const rows = [...new Set(columns.flatMap(({ results }) => [...results.keys()]))]
    .sort((a, b) => a - b)
    .map((row): TaskRow => {
      const cells = columns.map(({ results }) => results.get(row) ?? null);
      return {
        row,
        rolloutId: cells.find((cell) => cell !== null)?.rolloutId ?? '',
        cells: cells.map((cell) => (cell === null ? null : { reward: cell.reward, hasFailed: cell.hasFailed })),
        change: changeOf(cells.at(0)?.reward ?? null, cells.at(-1)?.reward ?? null),
      };
    });
  const count = (change: TaskRow['change']): number => rows.filter((row) => row.change === change).length;
  const order = { broke: 0, fixed: 1, same: 2, unknown: 3 } as const;
  return {
    set,
    versions: columns.map(({ version }) => version),
    rows: [...rows].sort((a, b) => order[a.change] - order[b.change] || a.row - b.row),
    listed: Math.min(rows.length, MOST_ROWS),
    counts: {
      tasks: rows.length,
      fixed: count('fixed'),
      broke: count('broke'),
      same: count('same'),
      unknown: count('unknown'),
    },
  };
}

function changeOf(before: number | null, after: number | null): TaskRow['change'] {
  if (before === null || after === null) return 'unknown';
  if (before === after) return 'same';
  return after > before ? 'fixed' : 'broke';
}
