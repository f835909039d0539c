import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** A Markdown file of the repository. */
export interface Document {
  /** Path from the root of the repository: `docs/guides/write-an-agent.md`. */
  readonly path: string;
  readonly text: string;
}

/** A TypeScript block of a document. */
export interface CodeBlock {
  /** What its first line, `// train.ts`, calls it; `undefined` without such a line. */
  readonly name: string | undefined;
  readonly code: string;
  /** The line of the document on which the code begins, counted from 1. */
  readonly line: number;
}

const root = resolve(import.meta.dirname, '..');

/** The documents that users read: the READMEs and everything in `docs/`. */
export function readDocuments(): Document[] {
  return globSync(['README.md', 'packages/*/README.md', 'docs/**/*.md'], { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(resolve(root, path), 'utf8') }));
}

/** One document by its path from the root. */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(resolve(root, path), 'utf8') };
}

/** Its blocks of TypeScript, in order, also those in lists. */
export function tsBlocks({ text }: Document): CodeBlock[] {
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const code = match[2]!.replaceAll(new RegExp(`^${match[1]}`, 'gm'), '');
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { code, line, name: /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] };
  });
}

/** The anchors that GitHub gives to the headings of a document. */
export function anchorsOf({ text }: Document): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutCode(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Links of a document to files or anchors of the repository that lead nowhere, each with the reason. */
export function brokenLinks(document: Document): string[] {
  const broken: string[] = [];
  for (const [, target] of withoutCode(document.text).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target!)) continue;
    const [file = '', anchor] = target!.split('#');
    const path = file === '' ? document.path : relative(root, resolve(root, dirname(document.path), file));
    const isHere = path === document.path;
    if (path.startsWith('..') || !(isHere || existsSync(resolve(root, path)))) broken.push(`${target} does not exist`);
    else if (anchor !== undefined && !anchorsOf(isHere ? document : readDocument(path)).has(anchor)) {
      broken.push(`${target}: no heading has that anchor`);
    }
  }
  return broken;
}

/** The text without what only looks like a link or a heading: blocks of code and, outside of headings, code in a line. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')
    .split('\n')
    .map((line) => (line.startsWith('#') ? line.replaceAll('`', '') : line.replaceAll(/`[^`]*`/g, '')))
    .join('\n');
}
