import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { ENCODINGS, type PageFile } from './page-file.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The names of assets hold a hash of their content. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';
/** The first file names the assets, so it is asked for each time. */
const HTML_CACHE = 'no-cache';

/** Its URL; the file behind it is `index.html`. */
const ROOT = '/';

/**
 * The page, read into memory once: a server looks a URL up in this map and never in the file system.
 *
 * The published package holds it. In a checkout of the repository it is built if its sources have changed, which takes a second.
 * @returns files by the path of their URL: `/`, `/assets/index-….js`
 * @throws Error if the package lacks the page
 */
export async function dashboardFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const directory = import.meta.url.endsWith('.ts')
    ? await (await import('./build-page.ts')).buildPage()
    : join(import.meta.dirname, '../page');
  if (!existsSync(join(directory, 'index.html'))) {
    throw new Error('Cannot read the page as the package @agentlightning/dashboard was packed without it');
  }
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  return new Map(
    paths.flatMap((path) => {
      const contentType = CONTENT_TYPES[extname(path)];
      if (contentType === undefined) return [];
      const url = path === 'index.html' ? ROOT : `/${path}`;
      return [[url, readPageFile(join(directory, path), contentType, url === ROOT ? HTML_CACHE : ASSET_CACHE)]];
    }),
  );
}

function readPageFile(file: string, contentType: string, cacheControl: string): PageFile {
  const body = readFileSync(file);
  const encoded = ENCODINGS.flatMap((encoding) => {
    const compressed = `${file}.${encoding}`;
    return existsSync(compressed) ? [[encoding, readFileSync(compressed)] as const] : [];
  });
  return { contentType, cacheControl, body, encoded: Object.fromEntries(encoded) };
}
