import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Beside the built page: what it was built from, so that a page from a checkout is built again once that has changed. */
const FILE = 'built-from.json';

const PACKAGE = resolve(import.meta.dirname, '../..');

/** Besides the modules of the page, whatever decides what becomes of them: the versions of the libraries among it. */
const SETTINGS = [
  'index.html',
  'package.json',
  'vite.config.ts',
  'src/files/build-page.ts',
  'src/files/compressed-files.ts',
  'src/files/sources-of-page.ts',
  '../../pnpm-workspace.yaml',
];

/** A plugin of Vite: writes down what the page was built from. */
export function sourcesOfPage() {
  return {
    name: 'sources-of-page',
    apply: 'build' as const,
    writeBundle(this: { getModuleIds(): Iterable<string> }, { dir }: { dir?: string | undefined }): void {
      const modules = [...this.getModuleIds()].map((id) => id.replace(/\?.*$/, '')).filter((id) => existsSync(id));
      // Styles and pictures that are linked from the HTML are no modules.
      const own = globSync('src/page/**/*.{css,svg}', { cwd: PACKAGE }).map((path) => join(PACKAGE, path));
      const settings = SETTINGS.map((path) => join(PACKAGE, path)).filter((path) => existsSync(path));
      const paths = [...new Set([...modules, ...own, ...settings])].map((path) => relative(PACKAGE, path)).sort();
      writeFileSync(join(dir!, FILE), JSON.stringify(Object.fromEntries(paths.map((path) => [path, digest(path)]))));
    },
  };
}

/** Whether the page in a directory was built from the sources as they are now. */
export function isUpToDate(directory: string): boolean {
  const builtFrom = readBuiltFrom(join(directory, FILE));
  return builtFrom !== undefined && Object.entries(builtFrom).every(([path, was]) => digest(path) === was);
}

function readBuiltFrom(file: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    // It was never built, or another process that has built a newer one removes it.
    return undefined;
  }
}

function digest(path: string): string | undefined {
  const file = join(PACKAGE, path);
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('base64url') : undefined;
}
