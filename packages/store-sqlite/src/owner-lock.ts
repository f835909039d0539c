import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { loadSqlite } from './load-sqlite.ts';
import { makePrivateFile } from './private-files.ts';
import { isLocked } from './sqlite-errors.ts';

/** Whoever only looks has the lock for a moment, or for longer where a busy machine lets him wait in the middle of it. */
const LOOKERS_WAIT_MS = 10_000;

/**
 * The right to write to a store, held as a lock of the operating system: it goes with the process, however that ends,
 * and leaves nothing to clean up.
 *
 * The lock is on an empty file beside the store's, through SQLite, which has locks on every system and keeps those of
 * several connections in one process apart. The store's own file stays free for readers. The empty file is never
 * removed: whoever locks a file of which the name is gone would lock out nobody. Nor is it ever opened by other means: with
 * POSIX locks, closing a file drops all locks that the process has on it.
 */
export class OwnerLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Whether somebody has it, in this process or another. */
  static isHeld(storePath: string): boolean {
    const path = `${storePath}-lock`;
    if (!existsSync(path)) return false;
    const { DatabaseSync } = loadSqlite();
    const db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    try {
      db.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      if (isLocked(error)) return true;
      throw error;
    } finally {
      db.close();
    }
  }

  /** @returns `undefined` if somebody else has it, in this process or another */
  static acquire(storePath: string): OwnerLock | undefined {
    const path = `${storePath}-lock`;
    makePrivateFile(path);
    const { DatabaseSync } = loadSqlite();
    const db = new DatabaseSync(path, { timeout: 50 });
    const giveUp = performance.now() + LOOKERS_WAIT_MS;
    try {
      while (!begin(db)) {
        // Those who look do not keep others from looking; an owner does.
        if (OwnerLock.isHeld(storePath) || performance.now() > giveUp) {
          db.close();
          return undefined;
        }
      }
      return new OwnerLock(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Gives it back. */
  release(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** @returns `false` if somebody else is in the way */
function begin(db: DatabaseSync): boolean {
  try {
    // A journal in memory: the transaction writes nothing and leaves no second file.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isLocked(error)) return false;
    throw error;
  }
}
