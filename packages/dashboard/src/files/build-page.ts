import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isUpToDate } from './sources-of-page.ts';

const PACKAGE = resolve(import.meta.dirname, '../..');
const CACHE = join(PACKAGE, 'node_modules/.cache/page');

/**
 * Builds the page from its sources, unless that was done since they were changed. Only for a checkout: the published package holds the page and
 * has no Vite.
 * @returns the directory of the built page
 */
export async function buildPage(): Promise<string> {
  const built = [join(PACKAGE, 'dist/page'), ...cached()].find(isUpToDate);
  if (built !== undefined) return built;
  const outdated = cached();
  mkdirSync(CACHE, { recursive: true });
  // Others may build at the same time: each into a directory of its own, which counts once it is whole.
  const outDir = mkdtempSync(join(CACHE, '.building-'));
  const { build } = await import('vite');
  await build({ configFile: join(PACKAGE, 'vite.config.ts'), logLevel: 'error', build: { outDir } });
  const directory = outDir.replace('.building-', 'page-');
  renameSync(outDir, directory);
  for (const old of outdated) rmSync(old, { recursive: true, force: true });
  return directory;
}

function cached(): string[] {
  try {
    return readdirSync(CACHE)
      .filter((name) => name.startsWith('page-'))
      .map((name) => join(CACHE, name));
  } catch {
    // Nothing was built yet.
    return [];
  }
}
