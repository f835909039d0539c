import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of a test's own, to be removed at its end. */
export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

/** Makes one. */
export function makeTemporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'agl-store-sqlite-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
