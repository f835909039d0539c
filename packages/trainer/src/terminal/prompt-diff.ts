import { createRequire } from 'node:module';

// Loaded when a difference is shown, which no runner thread does.
const require = createRequire(import.meta.url);

/**
 * Two prompts as one text that shows what changed word by word: removed words in red and struck through, added ones in green. Without colours, as
 * `[-removed-]` and `{+added+}`.
 */
export function promptDiff(before: string, after: string, options: { readonly colors: boolean }): string {
  const { diffWords } = require('diff') as typeof import('diff');
  const [removed, added] = options.colors
    ? [paint('\x1b[9;31m', '\x1b[0m'), paint('\x1b[32m', '\x1b[0m')]
    : [paint('[-', '-]'), paint('{+', '+}')];
  return diffWords(before, after)
    .map((part) => (part.added ? added(part.value) : part.removed ? removed(part.value) : part.value))
    .join('');
}

/** Marks each line on its own, so that a terminal that resets at line ends, or a pager, still shows it. */
function paint(open: string, close: string): (text: string) => string {
  return (text) => text.replace(/[^\n]+/g, (line) => `${open}${line}${close}`);
}
