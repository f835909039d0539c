import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { STORE_DIRECTORY } from './bench-store.ts';

/** Does something with the path of a run's directory that is not there yet, and leaves nothing of it behind. */
export async function withRunDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  mkdirSync(STORE_DIRECTORY, { recursive: true });
  const parent = mkdtempSync(join(STORE_DIRECTORY, 'run-'));
  try {
    return await work(join(parent, 'run'));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
