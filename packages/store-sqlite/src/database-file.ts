import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LightningError, type Logger } from '@agentlightning/core';
import { loadSqlite } from './load-sqlite.ts';
import { isLogDamaged } from './log-header.ts';
import { migrate, versionOf } from './migrate.ts';
import { OwnerLock } from './owner-lock.ts';
import { canonicalPath, isCode, isFile, makePrivateDirectory, makePrivateFile } from './private-files.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { isCannotOpen, isSqliteError, toOpeningError, unreadable } from './sqlite-errors.ts';
import { isSafeForSeveralConnections } from './sqlite-version.ts';

/** A store's file, open. */
export interface DatabaseFile {
  readonly path: string;
  readonly db: DatabaseSync;
  /** Whether others may have it open at the same time. */
  readonly isShareable: boolean;
  /** Absent for a reader. */
  readonly lock?: OwnerLock;
}

/** How to open a file for writing. */
export interface OwnedFileOptions {
  readonly synchronous: 'full' | 'normal';
  readonly logger: Logger;
  /** Whether a store may be made where there is none; default true. */
  readonly create?: boolean;
  /** Default: that of the SQLite in this Node. */
  readonly sqliteVersion?: string;
}

/** Up to this size the whole file is checked when it is opened, which takes some tenths of a second at most. */
const MAX_CHECKED_BYTES = 32 * 1024 * 1024;
/** How much of the file SQLite keeps in memory, in KiB. */
const CACHE_KIB = 16 * 1024;
/** The write-ahead log is carried over into the file when it has so many pages: some 10 ms of work, and rarer for what changes often. */
const CHECKPOINT_PAGES = 2_000;
/** Of a new file. Of spans with 2 KB of text three fit into a page; of SQLite's 4 KiB, one does, and half of the page would be written for nothing. */
const PAGE_BYTES = 8_192;
/** A reader waits so long for whoever is in the way. */
const READER_WAIT_MS = 1_000;
/**
 * Whoever opens a file as its owner does too: a reader that came first after a kill takes in the write-ahead log, and nobody else gets in meanwhile. A large log
 * takes it seconds.
 */
const OWNER_WAIT_MS = 10_000;
/** After a burst the write-ahead log is cut down to this. */
const MAX_IDLE_WAL_BYTES = 64 * 1024 * 1024;

/**
 * Opens a store's file as its owner: makes it if there is none, checks that it is one of ours, and brings it up to date.
 *
 * @throws LightningError `STORE_IN_USE` if another process (or another store of this one) owns it, `STORE_UNREADABLE` if it is not a store
 *   that this version can use, `UNAVAILABLE` if it cannot be written
 */
export function openAsOwner(
  path: string,
  { synchronous, logger, create = true, sqliteVersion = String(process.versions.sqlite) }: OwnedFileOptions,
): DatabaseFile {
  return explained(path, () => {
    if (!create && !existsSync(path)) throw unreadable(path, 'missing');
    makePrivateDirectory(dirname(path));
    const file = canonicalPath(path);
    isFile(file);
    const lock = OwnerLock.acquire(file);
    if (lock === undefined) throw inUse(file);
    try {
      makePrivateFile(file);
      if (isLogLost(file)) throw unreadable(file, 'log-missing');
      if (isLogDamaged(logOf(file))) throw unreadable(file, 'log-damaged');
      const db = open(file, { readOnly: false });
      try {
        // Before anything is set: a file of another program must stay as it is.
        const version = versionOf(db, file, SCHEMA_VERSION);
        if (version === 0 && !create) throw unreadable(file, 'missing');
        const wasOpen = version > 0 && isMarkedOpen(db);
        const isShareable = isSafeForSeveralConnections(sqliteVersion);
        if (!isShareable) {
          logger.warn(
            { sqliteVersion },
            'This SQLite is older than 3.51.3 and not safe for several connections: nobody can read the store beside its owner',
          );
          db.exec('PRAGMA locking_mode = EXCLUSIVE');
        }
        db.exec(
          `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA journal_size_limit = ${MAX_IDLE_WAL_BYTES}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
        );
        migrate(db, file);
        checkWhole(db, file);
        db.prepare("INSERT OR REPLACE INTO facts VALUES ('owner', ?)").run(JSON.stringify({ pid: process.pid }));
        if (!wasOpen) markOpen(db);
        // From now on nobody is in the way, and no wait may hold up the event loop.
        db.exec('PRAGMA busy_timeout = 0');
        return { path: file, db, lock, isShareable };
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/** How to open a file for reading. */
export interface ReaderOptions extends Pick<OwnedFileOptions, 'create'> {
  /** Whether it may be one that is being made, or of an older version, so that tables may be missing. Default false. */
  readonly isUnfinished?: boolean;
}

/**
 * Opens a store's file to read it, whether or not somebody owns it.
 * @throws LightningError `NOT_FOUND` if there is none, `STORE_UNREADABLE` as {@link openAsOwner}
 */
export function openAsReader(path: string, { create = true, isUnfinished = false }: ReaderOptions = {}): DatabaseFile {
  if (!existsSync(path)) {
    if (!create) throw unreadable(path, 'missing');
    throw new LightningError('NOT_FOUND', `Cannot read the store ${path} as there is no such file`, {
      details: { path },
    });
  }
  return explained(path, () => {
    const file = canonicalPath(path);
    isFile(file);
    if (isLogLost(file) && !OwnerLock.isHeld(file)) throw unreadable(file, 'log-missing');
    // Its owner may be about to write another beginning.
    if (isLogDamaged(logOf(file)) && !OwnerLock.isHeld(file)) throw unreadable(file, 'log-damaged');
    try {
      return read(file, file, isUnfinished);
    } catch (error) {
      // On a read-only file system SQLite cannot make the files that several processes need. Nobody else needs them there, if nothing is in the log.
      if (!isCannotOpen(error) || existsSync(`${file}-wal`)) throw error;
      return read(file, immutable(file), isUnfinished);
    }
  });
}

function read(path: string, location: string | URL, isUnfinished: boolean): DatabaseFile {
  const db = open(location, { readOnly: true });
  try {
    const version = versionOf(db, path, SCHEMA_VERSION);
    if (version === 0 && !isUnfinished) throw unreadable(path, 'missing');
    if (version < SCHEMA_VERSION && !isUnfinished) throw unreadable(path, 'older');
    return { path, db, isShareable: true };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Closes a file, and gives back the right to write to it. */
export function closeFile({ path, db, lock }: DatabaseFile): void {
  const isMarked = lock !== undefined && !unmark(db);
  db.close();
  // The log is gone with a close that carried it over, and the mark says that there is one.
  if (isMarked) makePrivateFile(logOf(path));
  lock?.release();
}

/** The write-ahead log of a file. It is there as long as somebody writes to the file, and stays if that one dies. */
function logOf(path: string): string {
  return `${path}-wal`;
}

/** The file as it is, without what belongs to it, and without any file being made for it. */
function immutable(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

/** Whether there must be a log beside a file, and is none. To be asked before the file is opened in any other way: that would make one. */
function isLogLost(path: string): boolean {
  if (existsSync(logOf(path))) return false;
  try {
    const db = open(immutable(path), { readOnly: true });
    try {
      // Looked for once more: whoever opens the file meanwhile makes the log first, and then the mark.
      return isMarkedOpen(db) && !existsSync(logOf(path));
    } finally {
      db.close();
    }
  } catch {
    // It is none of ours, or has nothing in it yet; whoever opens it says so.
    return false;
  }
}

/** Whether a file was open for writing when it was last heard of, so that there must be a log beside it. */
function isMarkedOpen(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM facts WHERE name = 'open'").get() !== undefined;
}

/** In the file itself, not only in its log: it is to be known when the log is lost. */
function markOpen(db: DatabaseSync): void {
  db.exec("INSERT OR REPLACE INTO facts VALUES ('open', 'true'); PRAGMA wal_checkpoint(PASSIVE)");
}

/** Takes the mark of {@link markOpen} away. @returns whether it is gone */
export function unmark(db: DatabaseSync): boolean {
  try {
    db.exec("DELETE FROM facts WHERE name = 'open'");
    return true;
  } catch {
    // A disk that is full, for instance: the file stays marked.
    return false;
  }
}

function open(path: string | URL, { readOnly }: { readonly readOnly: boolean }): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(path, { readOnly, timeout: readOnly ? READER_WAIT_MS : OWNER_WAIT_MS });
  db.exec(`PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${CACHE_KIB}`);
  return db;
}

/** Damage in a file that is too large to be checked is found when the damaged part is read. */
function checkWhole(db: DatabaseSync, path: string): void {
  if (statSync(path).size > MAX_CHECKED_BYTES) return;
  const verdict = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (verdict !== 'ok') throw unreadable(path, 'damaged', new Error(String(verdict)));
}

function inUse(path: string): LightningError {
  const pid = ownerOf(path);
  const holder = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new LightningError(
    'STORE_IN_USE',
    `Cannot open the store ${path} as ${holder} has it open. Wait until it ends, use another file, or open this one with 'readOnly: true'`,
    { details: { path, pid: pid ?? null } },
  );
}

/** Who has a store's file open for writing. `undefined`: nobody. The process is `null` while the file does not tell. */
export function storeOwner(path: string): { readonly pid: number | null } | undefined {
  return OwnerLock.isHeld(path) ? { pid: ownerOf(path) ?? null } : undefined;
}

/** The process that owns a file, as far as the file tells. */
function ownerOf(path: string): number | undefined {
  try {
    const { db } = openAsReader(path);
    try {
      const row = db.prepare("SELECT value FROM facts WHERE name = 'owner'").get();
      const { pid } = JSON.parse(String(row?.['value'])) as { pid?: unknown };
      return typeof pid === 'number' && isAlive(pid) ? pid : undefined;
    } finally {
      db.close();
    }
  } catch {
    // It is being made, or its owner lets nobody read: the lock alone says that it is in use.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function explained<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (isSqliteError(error) && error.message.includes('not a database')) throw unreadable(path, 'foreign', error);
    if (isCode(error, 'EACCES', 'EPERM', 'EROFS')) {
      throw new LightningError(
        'UNAVAILABLE',
        `Cannot open the store ${path} for writing: ${(error as Error).message}`,
        {
          cause: error,
          details: { path, reason: 'read-only' },
        },
      );
    }
    throw toOpeningError(error, path);
  }
}
