import { describe, expect, it } from 'vitest';
import { bootstrapInterval, intervalOf } from './mean-interval.ts';
import { createRng } from './rng.ts';

describe('intervalOf()', () => {
  // Reference values: Newcombe (1998), table I, Wilson's score method without continuity correction.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('is the Wilson interval for %i of %i', (ones, n, low, high) => {
    const values = Array.from({ length: n }, (_, index) => (index < ones ? 1 : 0));
    const [lower, upper] = intervalOf(values);
    expect(lower).toBeCloseTo(low, 3);
    expect(upper).toBeCloseTo(high, 3);
  });

  it('is a bootstrap interval around the mean for other rewards, the same each time', () => {
    const values = Array.from({ length: 40 }, (_, index) => (index % 5) / 4);
    const [low, high] = intervalOf(values);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    // Standard error 0.354 / √40 = 0.056; the interval is about ±1.96 of them.
    expect(high - low).toBeGreaterThan(0.17);
    expect(high - low).toBeLessThan(0.27);
    expect(intervalOf(values)).toEqual([low, high]);
  });

  it('has the mean in it about as often as it says, with ten tasks', () => {
    const rng = createRng('coverage');
    let hits = 0;
    for (let sample = 0; sample < 300; sample += 1) {
      const [low, high] = intervalOf(Array.from({ length: 10 }, () => rng.next()));
      if (low <= 0.5 && high >= 0.5) hits += 1;
    }
    // 285 of 300 are expected; without the expansion they are about 270.
    expect(hits).toBeGreaterThan(278);
    expect(hits).toBeLessThan(298);
  });

  it('is of no width only where nothing varies', () => {
    expect(bootstrapInterval([0.5, 0.5, 0.5])).toEqual([0.5, 0.5]);
    expect(bootstrapInterval([0.5])).toEqual([0.5, 0.5]);
  });

  it('goes on smoothly where it is computed instead of drawn', () => {
    const rng = createRng('skewed');
    const values = Array.from({ length: 401 }, () => rng.next() ** 4);
    const computed = intervalOf(values);
    const drawn = intervalOf(values.slice(0, 400));
    expect(computed[0]).toBeCloseTo(drawn[0], 2);
    expect(computed[1]).toBeCloseTo(drawn[1], 2);
    expect(bootstrapInterval(Array.from({ length: 500 }, () => 1))).toEqual([1, 1]);
  });
});
