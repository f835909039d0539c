import { createHash } from 'node:crypto';
import { canonicalHash, canonicalJson, type Dataset, type Json } from '@agentlightning/core';

/** What a dataset is: how many rows, a hash of them all, and of each the first digits of its own. */
export interface DatasetFingerprint {
  readonly rows: number;
  readonly hash: string;
  /** {@link ROW_DIGITS} hex digits for each row, one after the other, to name those that differ; empty for a very large dataset. */
  readonly row_hashes: string;
}

const ROW_DIGITS = 8;
/** So that the header of a run stays small. */
const MAX_HASHED_ROWS = 20_000;
/** How many rows a message names. */
const MAX_NAMED_ROWS = 20;

/** The fingerprint of a dataset of JSON rows. */
export function fingerprintOfDataset(dataset: Dataset<unknown>): DatasetFingerprint {
  const rows = JSON.parse(JSON.stringify(Array.from(dataset))) as Json[];
  const rowHashes = rows.length > MAX_HASHED_ROWS ? [] : rows.map(hashOfRow);
  return { rows: rows.length, hash: canonicalHash(rows), row_hashes: rowHashes.join('') };
}

/**
 * In what two datasets differ, in words that name rows by their index.
 * @param name - as in `trainDataset[3]`
 */
export function datasetDifference(name: string, recorded: DatasetFingerprint, now: DatasetFingerprint): string {
  const before = hashesOf(recorded);
  const after = hashesOf(now);
  const sizes = recorded.rows === now.rows ? `${now.rows} rows` : `${recorded.rows} rows → ${now.rows} rows`;
  if (before.length !== recorded.rows || after.length !== now.rows) return `${name}: ${sizes}, with other content`;
  if (before.toSorted().join() === after.toSorted().join()) return `${name}: ${sizes}, in another order`;
  const changed =
    before.length === after.length ? before.flatMap((hash, row) => (hash === after[row] ? [] : [row])) : [];
  if (changed.length > 0) {
    const named = changed.slice(0, MAX_NAMED_ROWS).map((row) => `${name}[${row}]`);
    const more = changed.length > named.length ? ` and ${changed.length - named.length} more` : '';
    return `${named.join(', ')}${more}: other content`;
  }
  return `${name}: ${sizes}, ${middleDifference(before, after)}`;
}

/** What is between the rows at the start and at the end that both have. */
function middleDifference(before: readonly string[], after: readonly string[]): string {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const gone = range(start, before.length - end);
  const come = range(start, after.length - end);
  if (gone === undefined) return `${come} added`;
  if (come === undefined) return `${gone} removed`;
  return `${gone} → ${come}`;
}

function range(from: number, to: number): string | undefined {
  if (to <= from) return undefined;
  return to - from === 1 ? `row [${from}]` : `rows [${from}] to [${to - 1}]`;
}

function hashesOf({ row_hashes: text }: DatasetFingerprint): string[] {
  return text.match(new RegExp(`.{${ROW_DIGITS}}`, 'g')) ?? [];
}

function hashOfRow(row: Json): string {
  return createHash('sha256').update(canonicalJson(row)).digest('hex').slice(0, ROW_DIGITS);
}
