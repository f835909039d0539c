import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What stands behind `from`, `import` or `import(` and begins with `./` or `../`. In a comment too: one file more is looked at then. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;
/** Files of one agent. More than these are somebody's whole program. */
const MAX_FILES = 1_000;

/**
 * Hashes of a module's file and of all files that it imports by relative paths, those that they import included. Packages are not looked at.
 *
 * @returns the hashes by the files' paths relative to the module, itself as `.`; `null` if the module is no file that can be read
 */
export function moduleTree(url: string): Record<string, string> | null {
  const texts = moduleTexts(url).map(({ name, text }) => [name, createHash('sha256').update(text).digest('hex')]);
  return texts.length === 0 ? null : (Object.fromEntries(texts) as Record<string, string>);
}

/** What {@link moduleTree} hashes, the module itself first. */
export function moduleTexts(url: string): { readonly name: string; readonly text: string }[] {
  if (!url.startsWith('file:')) return [];
  const root = withoutQuery(url);
  const texts: { name: string; text: string }[] = [];
  const pending = [root];
  const seen = new Set(pending);
  for (const file of pending) {
    const text = read(file);
    if (text === undefined) continue;
    texts.push({ name: nameOf(file, root), text });
    for (const [, , specifier] of text.matchAll(RELATIVE_IMPORT)) {
      const imported = withoutQuery(new URL(specifier!, file).href);
      if (seen.has(imported) || seen.size >= MAX_FILES) continue;
      seen.add(imported);
      pending.push(imported);
    }
  }
  return texts;
}

function withoutQuery(url: string): string {
  const { href, search, hash } = new URL(url);
  return href.slice(0, href.length - search.length - hash.length);
}

/** A module that cannot be read as a file is none, or not any more; the agent was loaded all the same. */
function read(url: string): string | undefined {
  try {
    return readFileSync(new URL(url), 'utf8');
  } catch {
    return undefined;
  }
}

function nameOf(url: string, root: string): string {
  if (url === root) return '.';
  const directory = new URL('.', root);
  return relative(fileURLToPath(directory), fileURLToPath(url)).replaceAll('\\', '/');
}
