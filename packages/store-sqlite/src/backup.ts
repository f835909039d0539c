import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LightningError } from '@agentlightning/core';
import { type DatabaseFile, openAsReader, unmark } from './database-file.ts';
import { loadSqlite } from './load-sqlite.ts';
import { canonicalPath, isCode, makePrivateDirectory, makePrivateFile, takeName } from './private-files.ts';
import { toStoreError } from './sqlite-errors.ts';

/** All pages in one step: a copy in several begins anew whenever somebody writes between two of them. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies a store that is in use, as it is when the copying begins. The copy takes its name when it is complete.
 *
 * It is made in a thread of the system, from a connection of its own: the store's connection is always about to write, which the backup of SQLite
 * takes for a reason to give up. Where only one connection is safe, the store's own makes the copy, and others wait for it.
 *
 * @throws LightningError `CONFLICT` if there is a file of that name
 */
export async function backUp(source: DatabaseFile, path: string): Promise<void> {
  makePrivateDirectory(dirname(path));
  const target = canonicalPath(path);
  const draft = join(dirname(target), `.${randomBytes(8).toString('hex')}.backup`);
  try {
    makePrivateFile(draft);
    if (source.isShareable) await copyFromOutside(source.path, draft);
    else source.db.prepare('VACUUM INTO ?').run(draft);
    unmarkCopy(draft);
    takeName(draft, target);
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      throw new LightningError('CONFLICT', `Cannot write the backup as ${target} exists`, {
        cause: error,
        details: { path: target },
      });
    }
    throw toStoreError(error, target);
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

/** Nobody has the copy open, so no log belongs to it. */
function unmarkCopy(path: string): void {
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(path);
  try {
    unmark(db);
  } finally {
    db.close();
  }
}

async function copyFromOutside(path: string, draft: string): Promise<void> {
  const { db } = openAsReader(path);
  try {
    await loadSqlite().backup(db, draft, { rate: ALL_PAGES });
  } finally {
    db.close();
  }
}
