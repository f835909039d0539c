import { getHeapStatistics } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { estimateBytes, SpanBudget } from './span-budget.ts';

describe('SpanBudget', () => {
  // 105
  it('takes thresholds as ratios of the capacity or as whole bytes', () => {
    const of = (evictionMemoryThreshold?: number, safeMemoryThreshold?: number): number[] => {
      const budget = new SpanBudget({
        memoryCapacityBytes: 1000,
        ...(evictionMemoryThreshold === undefined ? {} : { evictionMemoryThreshold }),
        ...(safeMemoryThreshold === undefined ? {} : { safeMemoryThreshold }),
      });
      return [budget.evictionBytes, budget.safeBytes];
    };
    expect(of()).toEqual([700, 560]);
    expect(of(0.5)).toEqual([500, 400]);
    expect(of(1, 0)).toEqual([1000, 0]);
    expect(of(200, 100)).toEqual([200, 100]);
    expect(of(200, 0.1)).toEqual([200, 100]);
  });

  it('measures ratios against the heap of the process unless told otherwise', () => {
    expect(new SpanBudget({}).capacityBytes).toBe(getHeapStatistics().heap_size_limit);
  });

  it.each([
    [{ evictionMemoryThreshold: 0 }, 'evictionMemoryThreshold'],
    [{ evictionMemoryThreshold: -1 }, 'evictionMemoryThreshold'],
    [{ evictionMemoryThreshold: 1.5 }, 'evictionMemoryThreshold'],
    [{ evictionMemoryThreshold: Number.NaN }, 'evictionMemoryThreshold'],
    [{ safeMemoryThreshold: -0.1 }, 'safeMemoryThreshold'],
    [{ evictionMemoryThreshold: 0.5, safeMemoryThreshold: 0.5 }, 'safeMemoryThreshold'],
    [{ evictionMemoryThreshold: 100, safeMemoryThreshold: 101 }, 'safeMemoryThreshold'],
  ])('refuses %j', (options, name) => {
    expect(() => new SpanBudget({ memoryCapacityBytes: 1000, ...options })).toThrow(
      expect.objectContaining({ name: 'RangeError', message: expect.stringContaining(`'${name}'`) }),
    );
  });
});

describe('estimateBytes()', () => {
  // 106
  it('sums the values, nested ones too, with an overhead for each container', () => {
    const container = estimateBytes({});
    expect(container).toBeGreaterThan(0);
    expect(estimateBytes([])).toBe(container);
    expect(estimateBytes([1, true])).toBe(container + estimateBytes(1) + estimateBytes(true));
    expect(estimateBytes({ a: 'xyz', b: { c: [1] } })).toBe(3 * container + estimateBytes('xyz') + estimateBytes(1));
    expect(estimateBytes({ ['long'.repeat(100)]: 1 }), 'keys are not counted').toBe(estimateBytes({ k: 1 }));
    expect(estimateBytes('x'.repeat(50)) - estimateBytes('')).toBe(50);
    expect(estimateBytes(null)).toBe(0);
  });
});
