// Imports nothing of Node: a page in a browser uses it too.

import { scanFStringNames } from './f-string.ts';
import { scanJinjaNames } from './jinja-names.ts';
import type { TemplateEngine } from './prompt-template.ts';

/**
 * Top-level names that a template reads, in order of first appearance. Never throws: a damaged template gives the names up to the damage, and `poml`
 * none. What the scan of Jinja cannot see is told at `scanJinjaNames()`.
 */
export function placeholdersOf(prompt: { readonly template: string; readonly engine: TemplateEngine }): string[] {
  switch (prompt.engine) {
    case 'f-string':
      return scanFStringNames(prompt.template);
    case 'jinja':
      return [...scanJinjaNames(prompt.template).placeholders];
    case 'poml':
      return [];
    default:
      throw new TypeError(`Unknown engine: ${String(prompt.engine satisfies never)}`);
  }
}
