import { crc32 } from 'node:zlib';
import type { RunRecord } from '@agentlightning/core';
import type { TextSealer } from './sealed-text.ts';
import type { Sql } from './sql.ts';
import { unreadable } from './sqlite-errors.ts';

const SEALED = 'sealed:';
/** Records of model endpoints, in whatever depth and quoting; and what looks as if it were sealed. */
const TO_BE_SEALED = /^sealed:|api_?key/i;

/**
 * What runs have noted of their work. Records that speak of API keys, such as those of a candidate with a model endpoint, are sealed. Each has a
 * checksum: SQLite notices damage to its pages, but not to a text in them, and a changed record would lead to another result without a word.
 */
export class RunRecordRows {
  readonly #sql: Sql;
  readonly #sealer: TextSealer;

  constructor(sql: Sql, sealer: TextSealer) {
    this.#sql = sql;
    this.#sealer = sealer;
  }

  /**
   * All records of a run, or those of one kind, in the order in which they were first put.
   * @throws LightningError `STORE_UNREADABLE` if one is damaged or cannot be opened: going on without it would be another run
   */
  load(runId: string, only?: string): RunRecord[] {
    const rows = this.#sql.all(
      `SELECT kind, key, value, checksum FROM run_records WHERE run_id = ? ${only === undefined ? '' : 'AND kind = ?'} ORDER BY seq`,
      ...(only === undefined ? [runId] : [runId, only]),
    );
    return rows.map((row) => {
      const [kind, key, value] = [String(row['kind']), String(row['key']), String(row['value'])];
      const checksum = row['checksum'];
      if (checksum !== null && checksum !== checksumOf(runId, kind, key, value)) {
        throw unreadable(
          this.#sealer.storePath,
          'damaged',
          new Error(`the record ${kind} ${key} is not as it was written`),
        );
      }
      return { kind, key, value: this.#open(value, [runId, kind, key]) };
    });
  }

  /** Adds a record, or gives the known one of its kind and key another value. */
  put(runId: string, { kind, key, value }: RunRecord): void {
    const text = TO_BE_SEALED.test(value) ? `${SEALED}${this.#sealer.seal(value, [runId, kind, key])}` : value;
    this.#sql.run(
      'INSERT INTO run_records (run_id, kind, key, value, checksum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id, kind, key) DO UPDATE SET value = excluded.value, checksum = excluded.checksum',
      ...[runId, kind, key, text, checksumOf(runId, kind, key, text)],
    );
  }

  #open(value: string, place: readonly string[]): string {
    if (!value.startsWith(SEALED)) return value;
    const text = this.#sealer.open(value.slice(SEALED.length), place);
    if (text === undefined) throw unreadable(this.#sealer.storePath, 'sealed');
    return text;
  }
}

function checksumOf(...texts: readonly string[]): number {
  return crc32(texts.join('\0'));
}
