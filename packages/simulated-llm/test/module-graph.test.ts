import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = join(import.meta.dirname, '../src');

/** Paths of all modules that an entry imports, directly or not, relative to `src`. Also the packages it names. */
function modulesOf(entry: string): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    if (!path.startsWith(sources)) return;
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      visit(specifier.startsWith('.') ? join(dirname(path), specifier) : specifier);
    }
  };
  visit(join(sources, entry));
  return [...found].map((path) => (path.startsWith(sources) ? path.slice(sources.length + 1) : path));
}

describe.each(['index.ts', 'server-process.ts'])('the modules behind %s', (entry) => {
  const modules = modulesOf(entry);

  it('include the personas', () => {
    expect(modules).toContain('personas/agent/agent-persona.ts');
  });

  it('include no task, label or grader', () => {
    expect(modules.filter((path) => path.startsWith('rooms-hard'))).toEqual([]);
  });

  it('come from this package and from Node alone', () => {
    expect(modules.filter((path) => !path.endsWith('.ts') && !path.startsWith('node:'))).toEqual([]);
  });
});

it('the data comes without the server', () => {
  expect(modulesOf('rooms-hard/index.ts').filter((path) => !path.startsWith('rooms-hard/'))).toEqual([]);
});
