import { LightningError } from '../errors/lightning-error.ts';
import type { Dataset } from './dataset.ts';
import { findNonJson } from './json-check.ts';

/** How many bad rows a message names. */
const MAX_NAMED_ROWS = 20;

/**
 * Refuses a dataset that cannot be worked with, before anything is spent on it: one that is missing, empty, or has rows that are not JSON (rollouts carry
 * their task as JSON). Names up to 20 bad rows with what is wrong where: `trainDataset[3].date is an instance of Date`.
 *
 * @param name - as the caller knows it: `trainDataset`
 * @throws LightningError `DATASET_INVALID`
 */
export function checkDataset(name: string, dataset: unknown): asserts dataset is Dataset<unknown> {
  if (!isArrayLike(dataset)) {
    throw new LightningError(
      'DATASET_INVALID',
      `${name} must be an array, or an object with 'length' and an index: current value is ${describe(dataset)}. For an iterable use datasetFromAsyncIterable()`,
      { details: { dataset: name } },
    );
  }
  const problems: string[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const problem = findRowProblem(dataset, index);
    if (problem !== undefined) problems.push(problem.replace('$', () => `${name}[${index}]`));
  }
  refuseBadRows(name, dataset.length, problems);
}

/**
 * Ends the reading of a dataset: throws what is wrong with it, if anything is.
 * @param problems - one sentence for each bad row, which names the row
 * @throws LightningError `DATASET_INVALID`
 */
export function refuseBadRows(name: string, rows: number, problems: readonly string[]): void {
  if (problems.length > 0) {
    const named = problems.slice(0, MAX_NAMED_ROWS);
    const more = problems.length > named.length ? `\n  … and ${problems.length - named.length} more` : '';
    throw new LightningError(
      'DATASET_INVALID',
      `${name} has ${problems.length} bad ${problems.length === 1 ? 'row' : 'rows'} of ${rows}:\n  ${named.join('\n  ')}${more}`,
      { details: { dataset: name, badRows: problems.length, problems: named } },
    );
  }
  if (rows === 0) throw new LightningError('DATASET_INVALID', `${name} is empty`, { details: { dataset: name } });
}

function isArrayLike(value: unknown): value is Dataset<unknown> {
  if (typeof value !== 'object' || value === null || !('length' in value)) return false;
  return typeof value.length === 'number' && Number.isSafeInteger(value.length) && value.length >= 0;
}

function findRowProblem(dataset: Dataset<unknown>, index: number): string | undefined {
  let row: unknown;
  try {
    row = dataset[index];
  } catch (error) {
    return `$ cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return findNonJson(row);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `an object ${'length' in value ? `whose length is ${String(value.length)}` : 'without length'}`;
}
