import { canonicalJson, type Json, smallestDifference, tasksNeeded } from '@agentlightning/core';
import { counted, grouped } from '@agentlightning/core/run';
import { type Found, SET_NAMES } from './judgement.ts';

/** The sets of a run, as far as they are compared. */
export interface RunDatasets {
  /** `null`: nothing is learnt from it that is tried on the others. */
  readonly train: ArrayLike<unknown> | null;
  /** `null`: nothing is chosen by it. */
  readonly val: ArrayLike<unknown> | null;
  readonly test: ArrayLike<unknown> | null;
}

/** Rows of one set that are compared; of a larger one the first. Takes a second. */
const MOST_ROWS = 100_000;

/** With fewer tasks only differences of a third and more show. */
const FEW_TASKS = 20;

interface Overlap {
  readonly of: keyof RunDatasets;
  readonly with: keyof RunDatasets;
  readonly rows: number;
  readonly compared: number;
  /** A row of the set, and the one of the other set that is equal. */
  readonly row: number;
  readonly otherRow: number;
}

/** Whether tasks of one set are in another one, by what is in them: key order aside. */
export function judgeOverlap({ train, val, test }: RunDatasets): Found | null {
  const overlaps = [
    overlapOf({ of: 'val', with: 'train' }, val, train),
    overlapOf({ of: 'test', with: 'train' }, test, train),
    overlapOf({ of: 'test', with: 'val' }, test, val),
  ].filter((overlap) => overlap !== undefined);
  if (overlaps.length === 0) return null;
  const parts = overlaps.map(
    (overlap) =>
      `${grouped(overlap.rows)} of ${counted(overlap.compared, `${SET_NAMES[overlap.of]} task`)} are in the ${SET_NAMES[overlap.with]} set as well (such as row ${overlap.row}, which is row ${overlap.otherRow} there)`,
  );
  return {
    message: `${capitalised(parts.join('; '))}: their scores are likely too high, as the search has seen them. Take each task into one set only`,
    details: { overlaps: overlaps as unknown as Json },
    weight: overlaps.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function overlapOf(
  names: Pick<Overlap, 'of' | 'with'>,
  set: ArrayLike<unknown> | null,
  other: ArrayLike<unknown> | null,
): Overlap | undefined {
  if (set === null || other === null) return undefined;
  const rowsOfOther = new Map<string, number>();
  forEachRow(other, (text, row) => {
    if (!rowsOfOther.has(text)) rowsOfOther.set(text, row);
  });
  const found: (readonly [row: number, otherRow: number])[] = [];
  forEachRow(set, (text, row) => {
    const otherRow = rowsOfOther.get(text);
    if (otherRow !== undefined) found.push([row, otherRow]);
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const compared = Math.min(MOST_ROWS, set.length);
  return { ...names, rows: found.length, compared, row: first[0], otherRow: first[1] };
}

function forEachRow(set: ArrayLike<unknown>, look: (text: string, row: number) => void): void {
  for (let row = 0; row < Math.min(MOST_ROWS, set.length); row += 1) {
    const text = textOf(set[row]);
    if (text !== undefined) look(text, row);
  }
}

/** A task as JSON, whatever the order of its keys; `undefined` for what is none, which whoever evaluates it refuses. */
function textOf(task: unknown): string | undefined {
  try {
    return canonicalJson(task as Json);
  } catch {
    return undefined;
  }
}

/** Whether sets are so small that hardly any difference shows in them, before anything is known of it. */
export function judgeSizes({ val, test }: RunDatasets): Found | null {
  const small = (['val', 'test'] as const).flatMap((name) => {
    const tasks = { val, test }[name]?.length ?? Infinity;
    return tasks < FEW_TASKS ? [{ name, tasks }] : [];
  });
  if (small.length === 0) return null;
  const parts = small.map(
    ({ name, tasks }) =>
      `in ${counted(tasks, `${SET_NAMES[name]} task`)} from about ${smallestDifference(tasks).toFixed(2)} on`,
  );
  return {
    message: `A difference between two prompts shows ${parts.join(', ')}: what is smaller is not told from chance. One of 0.10 takes about ${tasksNeeded(0.1)} tasks, one of 0.05 about ${tasksNeeded(0.05)} (80 % power at the 5 % level)`,
    details: Object.fromEntries(small.map(({ name, tasks }) => [`${name}Tasks`, tasks])),
    weight: 1,
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
