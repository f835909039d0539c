import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexedHeap } from './indexed-heap.ts';

interface Item {
  readonly rank: number;
  readonly order: number;
}

const isBefore = (a: Item, b: Item): boolean => a.rank < b.rank || (a.rank === b.rank && a.order < b.order);

describe('IndexedHeap', () => {
  it('always has the item first that a sorted list has first, whatever is added and deleted', () => {
    const commands = fc.array(fc.oneof(fc.record({ add: fc.nat({ max: 9 }) }), fc.record({ delete: fc.nat() })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(commands, (list) => {
        const heap = new IndexedHeap<Item>(isBefore);
        let expected: Item[] = [];
        for (const [order, command] of list.entries()) {
          if ('add' in command) {
            const item = { rank: command.add, order };
            heap.add(item);
            heap.add(item);
            expected.push(item);
          } else if (expected.length > 0) {
            const item = expected[command.delete % expected.length] as Item;
            expect(heap.delete(item)).toBe(true);
            expect(heap.delete(item)).toBe(false);
            expected = expected.filter((other) => other !== item);
          }
          expect(heap.size).toBe(expected.length);
          expect(heap.first).toBe(expected.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))[0]);
        }
        for (const item of expected) expect(heap.has(item)).toBe(true);
        heap.clear();
        expect([heap.size, heap.first]).toEqual([0, undefined]);
      }),
    );
  });
});
