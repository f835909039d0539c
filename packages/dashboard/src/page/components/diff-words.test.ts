import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changesOf, type DiffPart, diffWords } from './diff-words.ts';

const seed = 'Find a room on {date}.\nBe brief.';
const edited = 'Find the smallest room on {date}.\nBe brief.\nAnswer with its name.';

function without(parts: readonly DiffPart[], change: 'added' | 'removed'): string {
  return parts
    .filter((part) => part.change !== change)
    .map(({ text }) => text)
    .join('');
}

function shown(before: string, after: string): string {
  const marks = { same: ['', ''], removed: ['[-', '-]'], added: ['{+', '+}'] } as const;
  return diffWords(before, after)
    .map(({ text, change }) => `${marks[change][0]}${text}${marks[change][1]}`)
    .join('');
}

it.each([
  [seed, edited, 'Find [-a-]{+the smallest+} room on {date}.\nBe brief.{+\nAnswer with its name.+}'],
  ['one two three', 'one three', 'one [-two -]three'],
  ['a b c d', 'a x y d', 'a [-b c-]{+x y+} d'],
  ['same', 'same', 'same'],
  ['', 'new', '{+new+}'],
  ['gone', '', '[-gone-]'],
  ['', '', ''],
  ['Grüße, Jürgen', 'Grüße, Jörg', 'Grüße, [-Jürgen-]{+Jörg+}'],
])('from %j to %j it shows %j', (before, after, expected) => {
  expect(shown(before, after)).toBe(expected);
});

it('counts words', () => {
  expect(changesOf(diffWords(seed, edited))).toEqual({ added: 6, removed: 1 });
});

it('holds both texts, whatever they are, and puts like with like', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'cd', ' ', '\n', '{', '\u{1f600}', '\ud800'))
    .map((words) => words.join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const parts = diffWords(before, after);
      expect(without(parts, 'added')).toBe(before);
      expect(without(parts, 'removed')).toBe(after);
      for (const [index, part] of parts.entries()) expect(part.change).not.toBe(parts[index + 1]?.change);
    }),
    { numRuns: 1000 },
  );
});

it('takes long texts that have nothing in common as they are, and finds one word in them', () => {
  const words = (prefix: string) => Array.from({ length: 40_000 }, (_, index) => `${prefix}${index}`);
  const [a, b] = [words('a'), words('b')];
  expect(diffWords(a.join(' '), b.join(' ')).map(({ change }) => change)).toEqual(['removed', 'added']);
  expect(shown('x y z', `x y z ${a.join(' ')}`).startsWith('x y z{+ a0')).toBe(true);
  const changed = diffWords(a.join(' '), a.with(20_000, 'new').join(' '));
  expect(changed.map(({ change, text }) => (change === 'same' ? '' : text))).toEqual(['', 'a20000', 'new', '']);
});
