import { diffWordsWithSpace } from 'diff';

/** A piece of {@link diffWords}. */
export interface DiffPart {
  readonly text: string;
  readonly change: 'same' | 'added' | 'removed';
}

/** Longer than that it is looked for no further: the page would stand still. */
const TIMEOUT_MS = 200;

/**
 * What changed from one text to another, word by word.
 * @returns parts whose texts without the added ones are `before`, and without the removed ones `after`; texts that have so little in common that it would
 *   take long are one removed and one added part
 */
export function diffWords(before: string, after: string): readonly DiffPart[] {
  const parts = diffWordsWithSpace(before, after, { timeout: TIMEOUT_MS });
  if (parts === undefined) {
    return [
      { text: before, change: 'removed' },
      { text: after, change: 'added' },
    ];
  }
  return parts.map(({ value, added, removed }) => ({
    text: value,
    change: added ? 'added' : removed ? 'removed' : 'same',
  }));
}

/** How many words were added and removed. */
export function changesOf(parts: readonly DiffPart[]): { readonly added: number; readonly removed: number } {
  const wordsOf = (change: DiffPart['change']) =>
    parts.reduce((sum, part) => sum + (part.change === change ? (part.text.match(/\S+/g)?.length ?? 0) : 0), 0);
  return { added: wordsOf('added'), removed: wordsOf('removed') };
}
