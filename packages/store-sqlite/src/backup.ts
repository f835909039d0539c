import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backup as copyPages } from 'node:sqlite';
import { LightningError } from '@agentlightning/core';
import type { DatabaseFile } from './database-file.ts';
import { canonicalPath, isCode, makePrivateDirectory, makePrivateFile } from './private-files.ts';
import { toStoreError } from './sqlite-errors.ts';

/** How many pages are copied before others get a turn: some 0.5 ms. */
const PAGES_PER_STEP = 100;

/**
 * Copies a store that is in use. Changes that are made meanwhile go into the copy too, so it shows one moment: that of its end. It takes its
 * name when it is complete.
 *
 * @throws LightningError `CONFLICT` if there is a file of that name
 */
export async function backUp(source: DatabaseFile, path: string): Promise<void> {
  makePrivateDirectory(dirname(path));
  const target = canonicalPath(path);
  const draft = join(dirname(target), `.${randomBytes(8).toString('hex')}.backup`);
  try {
    makePrivateFile(draft);
    await copyPages(source.db, draft, { rate: PAGES_PER_STEP });
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

/** @throws `EEXIST` if the name is taken */
function takeName(draft: string, target: string): void {
  try {
    linkSync(draft, target);
  } catch (error) {
    // A file system without links cannot take a name and refuse a taken one in one step.
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS') || existsSync(target)) throw error;
    renameSync(draft, target);
  }
}
