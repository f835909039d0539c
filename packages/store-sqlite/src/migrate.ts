import type { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { unreadable } from './sqlite-errors.ts';

/**
 * Which version of the tables a file has, 0 for an empty one.
 * @throws LightningError `STORE_UNREADABLE` unless it is one of ours, and not newer than `known`
 */
export function versionOf(db: DatabaseSync, path: string, known: number): number {
  const [applicationId, version, tables] = [
    'SELECT application_id AS value FROM pragma_application_id',
    'SELECT user_version AS value FROM pragma_user_version',
    'SELECT COUNT(*) AS value FROM sqlite_schema',
  ].map((text) => Number(db.prepare(text).get()?.['value']));
  if (applicationId === 0 && version === 0 && tables === 0) return 0;
  if (applicationId !== APPLICATION_ID) throw unreadable(path, 'foreign');
  if (version === undefined || version > known) throw unreadable(path, 'newer');
  if (version < 1) throw unreadable(path, 'damaged');
  return version;
}

/**
 * Brings a file up to date. Each step is a transaction that ends with the number of its version: one that was cut short is begun anew.
 *
 * @param migrations - other than the package's own in tests alone
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = versionOf(db, path, migrations.length); version < migrations.length; version++) {
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(migrations[version] as string);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}; COMMIT`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}
