import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LightningError } from '@agentlightning/core';

/** Makes a directory (and those above it) that is missing, for this user alone whatever the umask. */
export function makePrivateDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makePrivateDirectory(dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Somebody else has made it meanwhile: it is theirs to protect.
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  chmodSync(directory, 0o700);
}

/**
 * Makes an empty file if there is none, for this user alone whatever the umask. Never follows a symbolic link: one that leads
 * nowhere is refused.
 *
 * A file that exists is not opened: closing it again would drop the locks that this process has on it.
 *
 * @returns whether it was made
 */
export function makePrivateFile(path: string): boolean {
  if (isFile(path)) return false;
  let file: number;
  try {
    file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (isFile(path)) return false;
    throw error;
  }
  fchmodSync(file, 0o600);
  closeSync(file);
  return true;
}

/** Gives a file a name that must be free. Its old name may stay. @throws `EEXIST` if the name is taken */
export function takeName(draft: string, target: string): void {
  try {
    linkSync(draft, target);
  } catch (error) {
    // A file system without links cannot take a name and refuse a taken one in one step.
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS') || existsSync(target)) throw error;
    renameSync(draft, target);
  }
}

/** The path without symbolic links, whether or not the file exists: one file has one name, and one lock. */
export function canonicalPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    return join(realpathSync(dirname(absolute)), basename(absolute));
  }
}

/** Whether there is a file. @throws LightningError `INVALID_ARGUMENT` if there is something else */
export function isFile(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.isFile()) return true;
  const what = stats.isSymbolicLink() ? 'a symbolic link' : stats.isDirectory() ? 'a directory' : 'no regular file';
  throw new LightningError('INVALID_ARGUMENT', `Cannot use ${path} for a store as it is ${what}`, {
    details: { path },
  });
}

/** Whether the system threw one of these codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
