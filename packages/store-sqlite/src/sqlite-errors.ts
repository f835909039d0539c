import { LightningError } from '@agentlightning/core';

/** Why a store file cannot be read: the `details.reason` of `STORE_UNREADABLE`. */
export type UnreadableReason =
  | 'newer'
  | 'older'
  | 'foreign'
  | 'damaged'
  | 'missing'
  | 'log-missing'
  | 'log-damaged'
  | 'sealed';

interface SqliteError extends Error {
  readonly errcode: number;
}

/** The primary result codes of SQLite that mean something to the caller. */
const ERROR = 1;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** What SQLite says where a statement of ours does not fit the tables, and of text that was written as JSON: of a whole file it says neither. */
const OF_DAMAGE =
  /no such (?:table|column|index)|has no column named|no query solution|ON CONFLICT clause does not match|malformed JSON/;

/** Whether SQLite threw it. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

/** Whether somebody else holds a lock. */
export function isLocked(error: unknown): boolean {
  return isSqliteError(error) && [BUSY, LOCKED].includes(primaryCode(error));
}

/** Whether the file, or one that belongs to it, cannot be opened. */
export function isCannotOpen(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === CANTOPEN;
}

/** What the store throws instead of an error of SQLite, or of JSON, of which it reads its own alone; anything else is returned as it is. */
export function toStoreError(error: unknown, path: string): unknown {
  if (error instanceof SyntaxError) return unreadable(path, 'damaged', error);
  if (!isSqliteError(error)) return error;
  const code = primaryCode(error);
  const { errcode } = error;
  switch (code) {
    case FULL:
      return unavailable(`The disk of the store ${path} is full: nothing can be written until there is space`, {
        reason: 'disk-full',
        errcode,
      });
    case READONLY:
      return unavailable(`The store ${path} cannot be written: the file or its directory is read-only`, {
        reason: 'read-only',
        errcode,
      });
    case BUSY:
    case LOCKED:
      return unavailable(`The store ${path} is locked by another program`, { reason: 'locked', errcode });
    case CANTOPEN:
      return unavailable(
        `The store ${path} cannot be opened: the file, or one that SQLite keeps beside it, is out of reach`,
        { reason: 'io', errcode },
      );
    case IOERR:
      return unavailable(`The store ${path} cannot be read or written: ${error.message}`, { reason: 'io', errcode });
    case CORRUPT:
    case NOTADB:
      return unreadable(path, 'damaged', error);
    default:
      if (code === ERROR && OF_DAMAGE.test(error.message)) return unreadable(path, 'damaged', error);
      return new LightningError('INTERNAL', `The store ${path} failed: ${error.message}`, {
        cause: error,
        details: { path, errcode },
      });
  }

  function unavailable(message: string, details: Record<string, unknown>): LightningError {
    return new LightningError('UNAVAILABLE', message, { cause: error, details: { path, ...details } });
  }
}

/** As {@link toStoreError}, for whoever opens a file or looks through one. Our statements fit our tables: tables that they do not fit are damaged. */
export function toOpeningError(error: unknown, path: string): unknown {
  if (isSqliteError(error) && primaryCode(error) === ERROR) return unreadable(path, 'damaged', error);
  return toStoreError(error, path);
}

/** A file that is there and cannot be used, with what to do about it. */
export function unreadable(path: string, reason: UnreadableReason, cause?: unknown): LightningError {
  return new LightningError('STORE_UNREADABLE', `Cannot use ${path} as a store: ${EXPLANATIONS[reason]}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { path, reason },
  });
}

const EXPLANATIONS: Readonly<Record<UnreadableReason, string>> = {
  newer: 'a newer version of this package has written it. Open it with that version, or use another file',
  older: 'an older version of this package has written it. Open it once for writing, which brings it up to date',
  foreign:
    'it is the file of another program, or damaged from its first bytes on. Nothing was changed; use another path, or put a backup in its place',
  damaged:
    'its content is damaged. Put a backup in its place, or save what is left with "sqlite3 FILE .recover" and use another file; keep the damaged one until then',
  missing: 'there was one, and the file is gone or empty. Put it back from a backup, or begin with another file',
  'log-missing':
    'it was not closed, and the file of its last changes is gone, which is named as the store with "-wal" added. Put that back beside it; or put a backup in the place of both. If another program has closed the store and nothing is lost, make an empty file of that name',
  'log-damaged':
    'the file of its last changes, which is named as the store with "-wal" added, is damaged from its first bytes on. Put a backup in the place of both; or go on without those changes, as after a power cut, by making it an empty file',
  sealed:
    'it holds API keys or records of them that its key file does not open. Put the right key file beside it, which is named as the store with ".key" added',
};

function primaryCode({ errcode }: SqliteError): number {
  return errcode & 0xff;
}
