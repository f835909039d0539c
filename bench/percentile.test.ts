import { describe, expect, it } from 'vitest';
import { median, percentile } from './percentile.ts';

describe('percentile()', () => {
  it('gives the least, the greatest and what lies between', () => {
    const values = [40, 10, 30, 20, 50];
    expect(percentile(values, 0)).toBe(10);
    expect(percentile(values, 0.5)).toBe(30);
    expect(percentile(values, 0.6)).toBeCloseTo(34);
    expect(percentile(values, 1)).toBe(50);
  });

  it('leaves the list as it was', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses an empty list and a share out of range', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
    expect(() => percentile([1], 50)).toThrow("'share' must be from 0 to 1: current value is 50");
  });
});

describe('median()', () => {
  it('is the mean of the two middle values of an even number', () => {
    expect(median([1, 10, 2, 4])).toBe(3);
  });
});
