import { expect, it } from 'vitest';
import { changesOf, diffWords } from './diff-words.ts';

const seed = 'Find a room on {date}.\nBe brief.';
const edited = 'Find the smallest room on {date}.\nBe brief.\nAnswer with its name.';

function withoutChange(parts: ReturnType<typeof diffWords>, change: 'added' | 'removed'): string {
  return parts
    .filter((part) => part.change !== change)
    .map(({ text }) => text)
    .join('');
}

it('tells words that stayed from those that came and went', () => {
  const parts = diffWords(seed, edited);
  expect(parts.find(({ change }) => change === 'removed')?.text).toBe('a');
  expect(withoutChange(parts, 'added')).toBe(seed);
  expect(withoutChange(parts, 'removed')).toBe(edited);
  expect(changesOf(parts)).toEqual({ added: 6, removed: 1 });
});

it('takes long texts that have nothing in common as they are, in little time', () => {
  const words = (prefix: string) => Array.from({ length: 40_000 }, (_, index) => `${prefix}${index}`).join(' ');
  const parts = diffWords(words('a'), words('b'));
  expect(parts.map(({ change }) => change)).toEqual(['removed', 'added']);
});
