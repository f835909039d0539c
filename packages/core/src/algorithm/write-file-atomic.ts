import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LightningError } from '../errors/lightning-error.ts';
import { failpoint } from '../failpoints/failpoint.ts';

/** How to write a file. */
export interface WriteFileAtomicOptions {
  /** Replace a file of that name (`true`, default), or refuse to (`false`). */
  readonly overwrite?: boolean;
  /** Permissions of the file, less the process's umask. Default `0o644`. */
  readonly mode?: number;
}

/**
 * Writes a file so that whoever looks sees the whole of it or nothing, also after a crash or a power cut: the text goes to a file beside it, is flushed, and
 * takes the name in one step. Where it fails nothing is left behind.
 *
 * Without `overwrite`, of several writers of one name, in whatever processes, exactly one succeeds.
 *
 * @throws LightningError `CONFLICT` without `overwrite` if the name is taken; `NOT_FOUND` if the directory does not exist; whatever else the file system throws
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  const { overwrite = true, mode = 0o644 } = options;
  const directory = dirname(path);
  const draft = join(directory, `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFlushed(draft, data, mode);
    failpoint('file.beforeRename');
    if (overwrite) await rename(draft, path);
    else await placeUnderFreeName(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw explain(error, path, directory);
  }
  failpoint('file.afterRename');
  await flushDirectory(directory);
}

/**
 * Moves a file to a name that must be free. Exported for its test: file systems without links are not at hand there.
 * @throws `EEXIST` if the name is taken
 */
export async function placeUnderFreeName(draft: string, path: string, linkFile: typeof link = link): Promise<void> {
  try {
    await linkFile(draft, path);
  } catch (error) {
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
    // A file system without links: take the name with an empty file, then replace that.
    await (await open(path, 'wx')).close();
    await rename(draft, path).catch(async (failure: unknown) => {
      await rm(path, { force: true });
      throw failure;
    });
    return;
  }
  await rm(draft, { force: true });
}

async function writeFlushed(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the new name last. */
async function flushDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Windows and some network file systems cannot flush a directory; they order the writes themselves, and the file is in place.
    if (!isCode(error, 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES', 'EBADF')) throw error;
  }
}

function explain(error: unknown, path: string, directory: string): unknown {
  if (isCode(error, 'EEXIST')) {
    return new LightningError('CONFLICT', `Cannot write ${path} as a file of that name exists`, {
      cause: error,
      details: { path },
    });
  }
  if (isCode(error, 'ENOENT')) {
    return new LightningError('NOT_FOUND', `Cannot write ${path} as the directory ${directory} does not exist`, {
      cause: error,
      details: { path },
    });
  }
  return error;
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
