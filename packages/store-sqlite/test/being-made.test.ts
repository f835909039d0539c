import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { migrate } from '../src/migrate.ts';
import { MIGRATIONS } from '../src/schema.ts';
import { isUnusedStore, makeStore } from '../src/store-files.ts';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

/** Has SQL done to a new file, and answers a copy of the file as it lies there then, as if the process had been killed. */
function killedAfter(...steps: readonly ((db: DatabaseSync, path: string) => unknown)[]): string {
  const [path, copy] = [files.path('made.db'), files.path('killed.db')];
  const db = new DatabaseSync(path);
  for (const step of steps) step(db, path);
  for (const suffix of ['', '-wal', '-journal'])
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
  db.close();
  return copy;
}

const toWal = (db: DatabaseSync) => db.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL');
const begun = (version: number) => (db: DatabaseSync, path: string) => migrate(db, path, MIGRATIONS.slice(0, version));

describe('a file whose process died while it was made', () => {
  it.each([
    ['and has nothing in it', () => writeFileSync(files.path('killed.db'), '')],
    ['and has a journal of what was begun', () => killedAfter((db) => db.exec('BEGIN EXCLUSIVE; CREATE TABLE a (b)'))],
    [
      'and has a journal of what was written',
      () =>
        killedAfter((db) =>
          db.exec(
            'PRAGMA cache_size = 1; BEGIN EXCLUSIVE; CREATE TABLE a (b); INSERT INTO a VALUES (zeroblob(100000))',
          ),
        ),
    ],
    ['and has no tables', () => killedAfter(toWal)],
    ['and has the tables of its first version', () => killedAfter(toWal, begun(1))],
    ['and has all tables', () => killedAfter(toWal, begun(MIGRATIONS.length))],
  ])('%s is an unused one, and is made to the end by whoever begins anew', async (_which, die) => {
    die();
    const path = files.path('killed.db');
    expect(isUnusedStore(path)).toBe(true);
    makeStore(path);
    expect(isUnusedStore(path)).toBe(true);
    const store = await files.open({ path });
    await store.enqueueRollout({ input: 1 });
    await store.close();
    expect(isUnusedStore(path)).toBe(false);
  });

  it('is none of those that hold something, of whatever version', () => {
    const path = killedAfter(toWal, begun(1), (db) =>
      db.exec("INSERT INTO workers (worker_id, status) VALUES ('w', 'idle')"),
    );
    expect(isUnusedStore(path)).toBe(false);
  });
});
