import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexSet } from './index-set.ts';

describe('IndexSet', () => {
  it('finds its members in order, from any place and in either direction', () => {
    const command = fc.record({
      index: fc.oneof(fc.nat(70), fc.nat(5_000), fc.nat(200_000)),
      isAdded: fc.boolean(),
      from: fc.oneof(fc.integer({ min: -3, max: 70 }), fc.nat(300_000)),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const set = new IndexSet();
        const model = new Set<number>();
        for (const { index, isAdded, from } of commands) {
          if (isAdded) set.add(index);
          else set.delete(index);
          if (isAdded) model.add(index);
          else model.delete(index);
          const sorted = [...model].sort((a, b) => a - b);
          expect(set.size).toBe(model.size);
          expect(set.has(index)).toBe(isAdded);
          expect(set.next(from)).toBe(sorted.find((member) => member >= from));
          expect(set.previous(from)).toBe(sorted.findLast((member) => member <= from));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what it has when it grows', () => {
    const set = new IndexSet();
    for (let index = 0; index < 40_000; index += 1) set.add(index);
    for (let index = 0; index < 40_000; index += 1) expect(set.next(index)).toBe(index);
    expect(set.next(40_000)).toBeUndefined();
    expect(set.previous(1e9)).toBe(39_999);
  });
});
