import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchIterator } from './batch-iterator.ts';
import { createRng } from './rng.ts';

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const take = (dataset: readonly number[], batchSize: number, count: number): number[][] => {
  const batches = batchIterator(dataset, batchSize, createRng('s'));
  return range(count).map(() => batches.next().value);
};

describe('batchIterator()', () => {
  it('gives the whole dataset, shuffled anew, when the batch is as large or larger', () => {
    const batches = take(range(20), 50, 3);
    for (const batch of batches) expect(batch.toSorted((a, b) => a - b)).toEqual(range(20));
    expect(new Set(batches.map(String)).size).toBe(3);
    expect(take(range(4), 4, 1)[0]).toHaveLength(4);
  });

  it('gives each item once per pass when the batches divide the dataset', () => {
    const batches = take(range(12), 4, 6);
    expect(
      batches
        .slice(0, 3)
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual(range(12));
    expect(
      batches
        .slice(3)
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual(range(12));
  });

  it('fills a batch that is not full at the end of a pass from the next one', () => {
    const batches = take(range(5), 3, 2);
    const [first, second] = batches as [number[], number[]];
    const left = range(5).filter((item) => !first.includes(item));
    expect(second.slice(0, 2).toSorted((a, b) => a - b)).toEqual(left);
    expect(first).toContain(second[2]);
  });

  it('never gives an item twice in a batch, and leaves none out for ever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 35 }), (size, batchSize) => {
        const batches = take(range(size), batchSize, 200);
        for (const batch of batches) {
          expect(batch).toHaveLength(Math.min(size, batchSize));
          expect(new Set(batch).size).toBe(batch.length);
        }
        expect(new Set(batches.flat()).size).toBe(size);
      }),
      { numRuns: 50 },
    );
  });

  it('repeats from its seed', () => {
    expect(take(range(9), 4, 10)).toEqual(take(range(9), 4, 10));
  });

  it('takes anything with a length and an index', () => {
    const dataset = { length: 2, 0: 'a', 1: 'b' };
    expect(batchIterator(dataset, 5, createRng('s')).next().value.toSorted()).toEqual(['a', 'b']);
  });

  it('refuses an empty dataset and a batch of nothing', () => {
    expect(() => batchIterator([], 1, createRng('s'))).toThrow('the dataset is empty');
    expect(() => batchIterator([1], 0, createRng('s'))).toThrow(
      "'batchSize' must be a positive integer: current value is 0",
    );
  });
});
