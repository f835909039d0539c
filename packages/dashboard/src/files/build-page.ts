import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isUpToDate } from './sources-of-page.ts';

const PACKAGE = resolve(import.meta.dirname, '../..');
const CACHE = join(PACKAGE, 'node_modules/.cache/page');
/** What is unfinished for so long is of a process that was killed. */
const LEFT_AFTER_MS = 600_000;

/**
 * Builds the page from its sources, unless that was done since they were changed. Only for a checkout: the published package holds the page and
 * has no Vite.
 * @returns the directory of the built page
 */
export async function buildPage(): Promise<string> {
  const known = cached('page-');
  const built = [join(PACKAGE, 'dist/page'), ...known].find(isUpToDate);
  if (built !== undefined) return built;
  const left = cached('.building-').filter(isLeft);
  mkdirSync(CACHE, { recursive: true });
  // Others may build at the same time: each into a directory of its own, which counts once it is whole.
  const outDir = mkdtempSync(join(CACHE, '.building-'));
  await buildInto(outDir);
  const directory = outDir.replace('.building-', 'page-');
  renameSync(outDir, directory);
  for (const old of [...known, ...left]) rmSync(old, { recursive: true, force: true });
  return directory;
}

function isLeft(path: string): boolean {
  const begun = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return begun !== undefined && Date.now() - begun > LEFT_AFTER_MS;
}

/** The page that is published, also where tests are run, whose `NODE_ENV` would make Vite build one to be debugged. */
async function buildInto(outDir: string): Promise<void> {
  const { build } = await import('vite');
  const { NODE_ENV: before } = process.env;
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ configFile: join(PACKAGE, 'vite.config.ts'), logLevel: 'error', build: { outDir } });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

function cached(prefix: string): string[] {
  try {
    return readdirSync(CACHE)
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(CACHE, name));
  } catch {
    // Nothing was built yet.
    return [];
  }
}
