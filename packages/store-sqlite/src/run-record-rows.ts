import type { RunRecord } from '@agentlightning/core';
import type { Sql } from './sql.ts';

/** What runs have noted of their work. */
export class RunRecordRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All records of a run, in the order in which they were first put. */
  load(runId: string): RunRecord[] {
    const rows = this.#sql.all('SELECT kind, key, value FROM run_records WHERE run_id = ? ORDER BY seq', runId);
    return rows.map(({ kind, key, value }) => ({ kind: String(kind), key: String(key), value: String(value) }));
  }

  /** Adds a record, or gives the known one of its kind and key another value. */
  put(runId: string, { kind, key, value }: RunRecord): void {
    this.#sql.run(
      'INSERT INTO run_records (run_id, kind, key, value) VALUES (?, ?, ?, ?) ON CONFLICT (run_id, kind, key) DO UPDATE SET value = excluded.value',
      ...[runId, kind, key, value],
    );
  }
}
