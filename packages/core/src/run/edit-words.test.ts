import { expect, it } from 'vitest';
import { editWords, partWords } from './edit-words.ts';

it('says how a candidate was made', () => {
  expect(editWords('gradient-detailed → edit-rewrite')).toBe('a detailed critique, then a rewrite');
  expect(editWords('gradient-concise → edit-conservative, repaired')).toBe(
    'a concise critique, then a conservative edit, which was repaired',
  );
});

it('names the texts of others, and leaves what it cannot read', () => {
  expect(editWords('critic.md → edit-rewrite')).toBe('a critique by critic.md, then a rewrite');
  expect(editWords('gradient-general → shorter.md')).toBe('a general critique, then an edit by shorter.md');
  expect(editWords('crossed with v3')).toBe('crossed with v3');
});

it('says which edit a part of a round is', () => {
  expect([partWords('p0-b1'), partWords('p11-b0'), partWords('warm-up')]).toEqual(['edit 1.2', 'edit 12.1', 'warm-up']);
});
