// Holds the documentation to the code: what it links to exists, its examples type-check, and its lists are complete.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIGHTNING_ERROR_CODES } from '@agentlightning/core';
import { APO, ClientServerExecutionStrategy, Trainer } from 'agentlightning';
import { describe, expect, it } from 'vitest';
import { brokenLinks, readDocument, readDocuments, tsBlocks } from './documents.ts';

const root = resolve(import.meta.dirname, '..');
const documents = readDocuments();
/** The guides go on from the README's example, so its files are there for theirs to import. */
const exampleDocuments = documents.filter(({ path }) => !path.startsWith('packages/'));

describe('the documentation', () => {
  it.each(documents.map((document) => [document.path, document] as const))(
    '%s links to files and headings that exist',
    (_, document) => {
      expect(brokenLinks(document)).toEqual([]);
    },
  );

  it.each(exampleDocuments.map((document) => [document.path, document] as const))(
    '%s names every block of TypeScript, so that it is checked',
    (path, document) => {
      const nameless = tsBlocks(document).filter(({ name }) => name === undefined);
      expect(nameless.map(({ line }) => `${path}:${line} must begin with a line such as // train.ts`)).toEqual([]);
    },
  );

  it('has examples that type-check', () => {
    // In a project that depends on what a user's does, where git and the other checks do not look.
    const cache = join(root, 'examples/room-selector/node_modules/.cache');
    mkdirSync(cache, { recursive: true });
    const directory = mkdtempSync(join(cache, 'docs-'));
    try {
      const origins = writeExamples(directory);
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(compilerConfig([...origins.keys()])));
      expect(typeErrors(directory, origins)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('has a comment at every export of the packages', () => {
    const sources = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root });
    const own = sources.filter((file) => !/\.test(-d)?\.ts$|[\\/]test-data[\\/]/.test(file));
    expect(own.length).toBeGreaterThan(500);
    expect(own.flatMap((file) => exportsWithoutComment(file))).toEqual([]);
  });

  it('explains every error code, and no other: what it means, when it is seen, what to do', () => {
    const sections = readDocument('docs/errors.md').text.split(/^### /m).slice(1);
    const explanation = /^`([A-Z_]+)`\n\n\*\*Means\*\*\s[\s\S]*\*\*You see it\*\*\s[\s\S]*\*\*Do\*\*\s/;
    const explained = sections.map((section) => explanation.exec(section)?.[1] ?? section);
    expect(new Set(explained)).toEqual(new Set(LIGHTNING_ERROR_CODES));
  });

  it('gives the reason for every runtime dependency of every package, and for no other', () => {
    const { text } = readDocument('docs/decisions/dependencies.md');
    const rows = [...text.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm)];
    const explained = Object.fromEntries(rows.map(([, name, users]) => [name, users!.split(', ')]));
    expect(explained).toEqual(runtimeDependencies());
  });

  it('gives the reason for every answer that differs from a recorded one of upstream, and for no other', () => {
    const { text } = readDocument('docs/compatibility.md');
    const rows = [...text.matchAll(/^\| `([\w-]+)` +\|/gm)].map((match) => match[1]);
    const answers = join(root, 'packages/store-http/test-data/upstream-0.3.0/own-answers.jsonl');
    const lines = readFileSync(answers, 'utf8').trim().split('\n');
    expect(new Set(rows)).toEqual(new Set(lines.map((line) => (JSON.parse(line) as { why: string }).why)));
  });

  it.each([
    ['Trainer', 'docs/guides/choose-where-things-run.md', () => new Trainer(unknownOption)],
    ['APO', 'docs/guides/swap-the-algorithm.md', () => new APO({ apiKey: 'none' }, unknownOption)],
    [
      'ClientServerExecutionStrategy',
      'docs/guides/choose-where-things-run.md',
      () => new ClientServerExecutionStrategy(unknownOption),
    ],
  ])('lists the options of %s, all of them, in %s', (_, path, create) => {
    const { text } = readDocument(path);
    const listed = [...text.matchAll(/^\| `(\w+)` +\|/gm)].map((match) => match[1]);
    expect(listed).toEqual(expect.arrayContaining(optionsNamedBy(create)));
  });
});

/** Exported declarations of a file that no doc comment stands before. Of overloads the first one has it. */
function exportsWithoutComment(file: string): string[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const declared = new Set<string>();
  return lines.flatMap((line, index) => {
    const [, name] = /^export (?:abstract |async )*(?:class|function|const|interface|type) (\w+)/.exec(line) ?? [];
    if (name === undefined || declared.has(name)) return [];
    declared.add(name);
    // What tells tools something may stand in between.
    const before = lines.slice(0, index).findLast((earlier) => !earlier.startsWith('//'));
    return before?.trimEnd().endsWith('*/') ? [] : [`${file}:${index + 1} ${name}`];
  });
}

/** Where a file of examples comes from. */
interface Origin {
  readonly path: string;
  /** On which its code begins, counted from 1. */
  readonly line: number;
}

/** Writes the examples of each document into a folder of its own. Answers the files and where each comes from. */
function writeExamples(directory: string): Map<string, Origin> {
  const origins = new Map<string, Origin>();
  const shared = tsBlocks(readDocument('README.md'));
  for (const document of exampleDocuments) {
    const { path } = document;
    const blocks = tsBlocks(document);
    const folder = join(directory, path.replaceAll(/[^\w-]/g, '_'));
    if (blocks.length > 0) mkdirSync(folder, { recursive: true });
    const own = new Set(blocks.map(({ name }) => name));
    const inherited = blocks.length === 0 ? [] : shared.filter(({ name }) => !own.has(name));
    for (const { name, code, line } of [...blocks, ...inherited]) {
      if (name === undefined) continue;
      const file = join(folder, name);
      expect([...origins.keys()], `${path} has two blocks called ${name}`).not.toContain(file);
      writeFileSync(file, code);
      origins.set(file, { path: own.has(name) ? path : 'README.md', line });
    }
  }
  return origins;
}

function compilerConfig(files: readonly string[]): object {
  return {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...{ composite: false, noEmit: true, declaration: false, declarationMap: false, sourceMap: false },
      rootDir: root,
      // The one package beside the umbrella that a guide has its readers install.
      paths: { '@agentlightning/algorithm-apo': [join(root, 'packages/algorithm-apo/src/index.ts')] },
    },
    files,
  };
}

/** What the compiler says of the examples, with the lines of the documents. Errors in packages are the business of another check. */
function typeErrors(directory: string, origins: ReadonlyMap<string, Origin>): string[] {
  const { stdout, stderr, error } = spawnSync(
    join(root, 'node_modules/.bin/tsc'),
    ['-p', directory, '--pretty', 'false'],
    { cwd: directory, encoding: 'utf8' },
  );
  if (error !== undefined) throw error;
  const messages = `${stdout}${stderr}`.split(/^(?=\S)/m).filter((message) => message.trim() !== '');
  return messages.flatMap((message) => {
    const [place, file, line] = /^(\S+?)\((\d+),\d+\): /.exec(message) ?? [];
    if (place === undefined) return [message.trim()];
    const origin = origins.get(resolve(directory, file!));
    if (origin === undefined) return [];
    return [`${origin.path}:${origin.line + Number(line) - 1}: ${message.slice(place.length).trim()}`];
  });
}

/** For each library that a published package needs at run time, the packages that do. */
function runtimeDependencies(): Record<string, string[]> {
  const users: Record<string, string[]> = {};
  for (const file of globSync('packages/*/package.json', { cwd: root }).toSorted()) {
    const manifest = JSON.parse(readFileSync(join(root, file), 'utf8')) as { dependencies?: Record<string, string> };
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (name.startsWith('@agentlightning/')) continue;
      users[name] = [...(users[name] ?? []), dirname(file).replace('packages/', '')];
    }
  }
  return users;
}

const unknownOption = { zzzzzzzzzzzz: true } as object;

/** The names that the refusal of an unknown option lists. */
function optionsNamedBy(create: () => unknown): string[] {
  try {
    create();
  } catch (error) {
    const list = /known options are (.+)$/.exec((error as Error).message)?.[1];
    if (list !== undefined) return list.split(', ');
  }
  throw new Error('The refusal of an unknown option lists no options');
}
