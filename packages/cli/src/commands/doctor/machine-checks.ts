import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { shownPath } from '@agentlightning/trainer/runs';
import { isTooOld, OLDEST_NODE } from '../../node-version.ts';
import { type CheckResult, failed, ok } from './check-result.ts';

/** A long search with its spans. */
const ENOUGH_BYTES = 2 ** 30;

/** Node's version, and that it strips types. */
export function checkNode(
  version: string = process.versions.node,
  stripsTypes: boolean = process.features.typescript !== false,
): CheckResult {
  if (isTooOld(version)) return failed('node', version, `Install Node ${OLDEST_NODE} or newer`);
  if (!stripsTypes) {
    return failed('node', `${version}, which does not run TypeScript`, 'Take --no-strip-types out of NODE_OPTIONS');
  }
  return ok('node', version);
}

/** That a store can be kept where runs are: SQLite with a write-ahead log, which some network drives cannot have. */
export async function checkRunsDirectory(directory: string): Promise<CheckResult> {
  const shown = shownPath(resolve(directory));
  const parent = nearestFolder(resolve(directory));
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(parent, '.agl-doctor-'));
    const version = await tryStore(join(folder, 'store.db'));
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const text = `The folder ${shown} can be written, with SQLite ${version}; ${(free / 2 ** 30).toFixed(1)} GB are free`;
    return free < ENOUGH_BYTES
      ? failed('runs', text, 'Make room, or name another place by AGL_RUNS_DIRECTORY: a long run keeps some hundred MB')
      : ok('runs', text);
  } catch (error) {
    return failed(
      'runs',
      `Nothing can be kept in ${shown}: ${(error as Error).message}`,
      'Name a folder of a local drive that you may write by AGL_RUNS_DIRECTORY',
    );
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function tryStore(path: string): Promise<string> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
    if (mode !== 'wal') throw new Error(`SQLite cannot have a write-ahead log there, and uses '${mode}'`);
    database.exec("CREATE TABLE t (a TEXT) STRICT; INSERT INTO t VALUES (json('[1]'))");
    return (database.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version;
  } finally {
    database.close();
  }
}

function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** That a server of this process on loopback can be reached by `fetch`: threads reach the store that way. */
export async function checkLoopback(): Promise<CheckResult> {
  const server = createServer((_, response) => response.end('here'));
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
    if (text !== 'here') throw new Error('somebody else answers');
    return ok('loopback', '127.0.0.1 has free ports, and is reached');
  } catch (error) {
    return failed(
      'loopback',
      `A server on 127.0.0.1 cannot be reached: ${reasonOf(error)}`,
      'Have firewall and proxy leave 127.0.0.1 alone, for a proxy by NO_PROXY=127.0.0.1,localhost',
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** What `fetch` hides: why it failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name);
}
