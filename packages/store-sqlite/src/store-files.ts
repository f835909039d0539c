import { silentLogger } from '@agentlightning/core';
import { closeFile, openAsOwner, openAsReader } from './database-file.ts';
import { RunRecordRows } from './run-record-rows.ts';
import { TextSealer } from './sealed-text.ts';
import { Sql } from './sql.ts';
import { unreadable } from './sqlite-errors.ts';

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
    if (error instanceof SyntaxError) throw unreadable(file.path, 'damaged', error);
    throw error;
  } finally {
    closeFile(file);
  }
}

/** Whether a store's file was made and never used. @throws LightningError as `SqliteLightningStore.open()` with `readOnly` */
export function isUnusedStore(path: string): boolean {
  const file = openAsReader(path);
  try {
    const tables = ['rollouts', 'resources', 'workers', 'run_records'];
    return tables.every((table) => file.db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined);
  } finally {
    closeFile(file);
  }
}
