import { diffLines, diffWordsWithSpace } from 'diff';

/** A piece of a text that was changed into another. */
export interface DiffPart {
  readonly text: string;
  readonly change: 'same' | 'added' | 'removed';
}

/** Longer than that it is looked for no further: texts that have nothing in common are shown one after the other. */
const TIMEOUT_MS = 500;

/** What changed word by word. */
export function wordDiff(before: string, after: string): readonly DiffPart[] {
  return partsOf(diffWordsWithSpace(before, after, { timeout: TIMEOUT_MS }), before, after);
}

/** What changed line by line, each part whole lines. */
export function lineDiff(before: string, after: string): readonly DiffPart[] {
  return partsOf(diffLines(before, after, { timeout: TIMEOUT_MS }), before, after);
}

function partsOf(
  changes: readonly { readonly value: string; readonly added?: boolean; readonly removed?: boolean }[] | undefined,
  before: string,
  after: string,
): readonly DiffPart[] {
  if (changes === undefined) {
    return [
      { text: before, change: 'removed' },
      { text: after, change: 'added' },
    ];
  }
  return changes.map(({ value, added, removed }) => ({
    text: value,
    change: added ? 'added' : removed ? 'removed' : 'same',
  }));
}
