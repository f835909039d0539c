import { existsSync } from 'node:fs';
import { silentLogger } from '@agentlightning/core';
import { closeFile, openAsOwner, openAsReader } from './database-file.ts';
import { RunRecordRows } from './run-record-rows.ts';
import { TextSealer } from './sealed-text.ts';
import { Sql } from './sql.ts';
import { toOpeningError } from './sqlite-errors.ts';

const OPTIONS = { synchronous: 'full', logger: silentLogger } as const;

/**
 * Makes the file of a store, with nothing in it, for somebody who opens it later and is then to find it.
 * @throws LightningError as `SqliteLightningStore.open()`
 */
export function makeStore(path: string): void {
  closeFile(openAsOwner(path, OPTIONS));
}

/**
 * Looks through the file of a store that was there, and the records of a run in it, and changes nothing of what they hold.
 * @throws LightningError `STORE_IN_USE`, or `STORE_UNREADABLE` if the run cannot go on from it
 */
export function checkStore(path: string, runId: string): void {
  const file = openAsOwner(path, { ...OPTIONS, create: false });
  try {
    const sealer = new TextSealer(file.path, silentLogger);
    const records = new RunRecordRows(new Sql(file.db), sealer).load(runId);
    for (const { value } of records) JSON.parse(value);
  } catch (error) {
    throw toOpeningError(error, file.path);
  } finally {
    closeFile(file);
  }
}

/**
 * Whether a store's file was made and never used, or is not made to the end, as its process died. Somebody may be making it at the moment.
 * @throws LightningError as `SqliteLightningStore.open()` with `readOnly`
 */
export function isUnusedStore(path: string): boolean {
  // A file has a journal before it has its log, and never again. What was begun then is taken back by who opens it next to write.
  if (existsSync(`${path}-journal`) && !existsSync(`${path}-wal`)) return true;
  const file = openAsReader(path, { isUnfinished: true });
  try {
    const tables = file.db
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('rollouts', 'resources', 'workers', 'run_records')",
      )
      .all();
    return tables.every(({ name }) => file.db.prepare(`SELECT 1 FROM ${String(name)} LIMIT 1`).get() === undefined);
  } catch (error) {
    throw toOpeningError(error, file.path);
  } finally {
    closeFile(file);
  }
}
