import { expect, it } from 'vitest';
import { evaluationWords } from './evaluation-words.ts';

const candidates = [
  { version: 'v0', resourcesId: 'rs-0' },
  { version: 'v5', resourcesId: 'rs-5' },
];
const words = (key: string, ...resourcesIds: string[]) => evaluationWords({ key, resourcesIds }, candidates);

it.each([
  ['r2/p0/b1/training/tasks', 'round 2, training tasks with v5 for edit 1.2'],
  ['r2/scores/ab73e5a2c2851ce2/tasks', 'round 2, scoring v5 on a sample'],
  ['r2/scores/v5/retry', 'round 2, scoring v5 on a sample, again where there was no result'],
  ['validation-r0/tasks', 'at the start, scoring v5 on the validation set'],
  ['validation-r3/tasks', 'after round 3, scoring v5 on the validation set'],
  ['validation-r3/retry', 'after round 3, scoring v5 on the validation set, again where there was no result'],
  ['held-out/test', 'held-out tasks with v5'],
])('says what %s is for', (key, said) => {
  expect(words(key, 'rs-5')).toBe(said);
});

it('names each candidate once, and says of one that it is new as long as nobody knows its name', () => {
  expect(words('held-out/test', 'rs-0', 'rs-5', 'rs-5')).toBe('held-out tasks with v0 and v5');
  expect(words('r1/scores/ab/tasks', 'rs-9')).toBe('round 1, scoring a new candidate on a sample');
  expect(words('r1/scores/ab/tasks')).toBe('round 1, scoring a candidate on a sample');
});

it.each(['hints', 'epoch-1/train', 'r1/other', 'held-out/test/more'])('leaves %s as it is', (key) => {
  expect(words(key, 'rs-5')).toBe(key);
});
