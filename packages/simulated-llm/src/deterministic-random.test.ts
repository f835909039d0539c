import { describe, expect, it } from 'vitest';
import { hashOf, normal, pick, uniform } from './deterministic-random.ts';

describe('draws keyed by their parts', () => {
  it('hashOf() tells the same parts joined differently apart', () => {
    expect(hashOf('ab', 'c')).not.toBe(hashOf('a', 'bc'));
    expect(hashOf('a', 1)).toBe(hashOf('a', '1'));
  });

  it('uniform() covers [0, 1) evenly over similar keys', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const bucket = Math.floor(uniform('even', index) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(880);
    expect(Math.max(...buckets)).toBeLessThan(1120);
  });

  it('normal() has mean 0 and deviation 1', () => {
    const draws = Array.from({ length: 10_000 }, (_, index) => normal('bell', index));
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it('pick() reaches every choice', () => {
    const picked = new Set(Array.from({ length: 50 }, (_, index) => pick(['a', 'b', 'c'], index)));
    expect([...picked].sort()).toEqual(['a', 'b', 'c']);
  });
});
