import { describe, expect, it } from 'vitest';
import { differenceOf } from '../algorithm/score.ts';
import type { HeldOutReport } from './score.ts';
import { verdictOn, verdictSentence } from './verdict.ts';

const repeated = (value: number, count: number): number[] => Array.from({ length: count }, () => value);
const score = { mean: 0.5, interval: [0.4, 0.6] as const, n: 80, failed: 0, withoutReward: 0, unfinished: 0 };
const report = (differences: readonly number[]): HeldOutReport => {
  const difference = differenceOf(differences);
  return { best: score, initial: score, difference, verdict: verdictOn(difference) };
};

describe('verdictOn()', () => {
  it('is better or worse where interval and exact test agree', () => {
    expect(report([...repeated(1, 12), ...repeated(0, 20)]).verdict).toBe('better');
    expect(report([...repeated(-0.3, 12), ...repeated(0.1, 2)]).verdict).toBe('worse');
  });

  it('is not for five wins of five: the interval leaves out 0, and chance gives that one time in sixteen', () => {
    const { difference, verdict } = report(repeated(1, 5));
    expect(difference).toMatchObject({ interval: [1, 1], pValue: 0.0625 });
    expect(verdict).toBe('not-distinguishable');
  });

  it('is not where nothing differs', () => {
    expect(report(repeated(0, 50)).verdict).toBe('not-distinguishable');
  });

  it('is not where only the test is sure', () => {
    expect(verdictOn({ interval: [-0.001, 0.2], pValue: 0.03 })).toBe('not-distinguishable');
  });
});

describe('verdictSentence()', () => {
  it('says what is so, with its numbers', () => {
    expect(verdictSentence(report([...repeated(1, 40), ...repeated(-1, 4), ...repeated(0, 36)]))).toMatch(
      /^better: \+0\.450 \(95 % \+0\.\d{3} – \+0\.\d{3}, p < 0\.001; 40 up, 4 down, 36 same\)$/,
    );
  });

  it('says that there is no significant gain or loss, and how many tasks would tell', () => {
    expect(verdictSentence(report([...repeated(1, 4), ...repeated(-1, 2), ...repeated(0, 74)]))).toMatch(
      /^no significant gain: \+0\.025 \(.*p = 0\.69; .*\); about 946 tasks would tell a difference of this size$/,
    );
    expect(verdictSentence(report([...repeated(-1, 4), ...repeated(0, 74)]))).toMatch(/^no significant loss: −0\.051/);
    expect(verdictSentence(report(repeated(0, 9)))).toMatch(
      /^no significant gain: \+0\.000 \([^)]*p = 1\.00; .*same\)$/,
    );
  });

  it('says why there is no comparison', () => {
    const nothing = { ...report([0]), difference: null };
    expect(verdictSentence({ ...nothing, verdict: 'same' })).toContain('what the run began with');
    expect(verdictSentence({ ...nothing, verdict: 'incomplete' })).toContain('some tasks have no result');
    expect(verdictSentence({ ...nothing, verdict: 'incomplete', initial: { ...score, n: 0 } })).toContain('no task');
  });
});
