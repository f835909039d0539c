import { describe, expect, it } from 'vitest';
import { isPastGate, toLine } from './bench.ts';

const claim = { bench: 'some-bench', gate: 1.05, goal: 1.02 };

describe('toLine()', () => {
  it('gives the median, the extremes and every round, with what they were measured on', () => {
    expect(toLine(claim, [1.04, 1.01, 1.2], { seeds: [0, 1, 2] })).toMatchObject({
      ...claim,
      ratio: 1.04,
      min: 1.01,
      max: 1.2,
      rounds: 3,
      ratios: [1.04, 1.01, 1.2],
      seeds: [0, 1, 2],
      node: process.version,
    });
  });

  it('survives JSON', () => {
    const line = toLine(claim, [1], {});
    expect(JSON.parse(JSON.stringify(line))).toEqual(line);
  });
});

describe('isPastGate()', () => {
  it.each([
    ['at most', 1.05, false],
    ['at most', 1.0501, true],
    ['at least', 1.05, false],
    ['at least', 1, true],
    ['at most', Number.NaN, true],
    ['at least', Number.NaN, true],
  ] as const)(
    'knows whether a ratio wanted %s the gate of 1.05 and measured as %d is past it',
    (wanted, ratio, isPast) => {
      expect(isPastGate({ ratio, gate: 1.05 }, wanted)).toBe(isPast);
    },
  );
});
