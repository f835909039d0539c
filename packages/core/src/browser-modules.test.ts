// What a page in a browser imports has to do without Node, and without what would make it large.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What a module and those that it imports import from elsewhere, and where. Types are gone before a browser sees them. */
function foreignImports(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const statements = readFileSync(path, 'utf8').matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from\s'([^']+)'/gm);
  return [...statements].flatMap(([, name = '']) =>
    name.startsWith('.')
      ? foreignImports(resolve(dirname(path), name), seen)
      : [`${relative(import.meta.dirname, path)} imports ${name}`],
  );
}

const MODULES = {
  run: 'run/index.ts',
  span: 'span/index.ts',
  placeholders: 'resource/placeholders.ts',
};

describe('what a browser imports', () => {
  it.each(['run', 'span', 'placeholders'] as const)('@agentlightning/core/%s stands alone', (name) => {
    const seen = new Set<string>();
    expect(foreignImports(resolve(import.meta.dirname, MODULES[name]), seen)).toEqual([]);
    expect(seen.size).toBeGreaterThan(2);
  });

  it('and this test would see it otherwise', () => {
    expect(foreignImports(resolve(import.meta.dirname, 'span/object-value.ts'))).toContain(
      'span/object-value.ts imports node:buffer',
    );
  });
});
