import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, equals, isIn, selectPage } from './query-evaluation.ts';

interface Row {
  readonly id: number;
  readonly name: string | null;
  readonly count: number | null;
  readonly endTime: number | null;
  readonly data: unknown;
}

const sortKinds = { id: 'number', name: 'text', count: 'number', endTime: 'time', data: 'other' } as const;
const anyRows = fc
  .array(
    fc.record({
      name: fc.option(fc.constantFrom('a', 'b', 'B', '')),
      count: fc.option(fc.integer({ min: -2, max: 2 })),
      endTime: fc.option(fc.nat({ max: 3 })),
    }),
  )
  .map((rows): Row[] => rows.map((row, id) => ({ ...row, id, data: null })));
const anySort = fc.record({
  sortBy: fc.constantFrom('name', 'count', 'endTime', null),
  sortOrder: fc.constantFrom('asc' as const, 'desc' as const),
});
const select = (rows: readonly Row[], options: object = {}) =>
  selectPage(rows, { conditions: [], sortKinds, ...options });

describe('selectPage()', () => {
  it('pages, one after another, give what one page gives', () => {
    fc.assert(
      fc.property(anyRows, anySort, fc.integer({ min: 1, max: 4 }), (rows, sort, limit) => {
        const all = select(rows, sort).items;
        const pages = Array.from({ length: Math.ceil(rows.length / limit) + 1 }, (_, page) =>
          select(rows, { ...sort, limit, offset: page * limit }),
        );
        expect(pages.flatMap(({ items }) => items)).toEqual(all);
        for (const page of pages) expect(page.total).toBe(rows.length);
      }),
    );
  });

  it('keeps the order of storage among equals, ascending and descending', () => {
    fc.assert(
      fc.property(anyRows, anySort, (rows, sort) => {
        const { items } = select(rows, sort);
        for (const [index, row] of items.entries()) {
          const before = items[index - 1];
          if (before === undefined || sort.sortBy === null) continue;
          const key = sort.sortBy as 'name' | 'count' | 'endTime';
          if (before[key] === row[key]) expect(before.id).toBeLessThan(row.id);
        }
      }),
    );
  });

  it('leaves the records it was given in their order', () => {
    const rows = [2, 1].map((id): Row => ({ id, name: null, count: null, endTime: null, data: null }));
    expect(select(rows, { sortBy: 'id' }).items.map(({ id }) => id)).toEqual([1, 2]);
    expect(rows.map(({ id }) => id)).toEqual([2, 1]);
  });

  it('null is the empty string, zero, or never, by the kind of the field', () => {
    const rows: Row[] = [
      { id: 0, name: 'a', count: 1, endTime: 5, data: null },
      { id: 1, name: null, count: null, endTime: null, data: null },
      { id: 2, name: 'B', count: -1, endTime: 9, data: null },
    ];
    const order = (sortBy: string) => select(rows, { sortBy }).items.map(({ id }) => id);
    expect(order('name')).toEqual([1, 2, 0]);
    expect(order('count')).toEqual([2, 1, 0]);
    expect(order('endTime')).toEqual([0, 2, 1]);
  });

  it('two endings that never come are equal', () => {
    const rows = [0, 1].map((id): Row => ({ id, name: null, count: null, endTime: null, data: null }));
    expect(select(rows, { sortBy: 'endTime', sortOrder: 'desc' }).items.map(({ id }) => id)).toEqual([0, 1]);
  });

  it.each([
    [{ sortBy: 'toString' }, "'sortBy' must be one of id, name, count, endTime, data"],
    [{ sortBy: 'data' }, "Cannot sort by 'data' as its values have no order"],
    [{ limit: -2 }, "'limit' must be a whole number of at least -1: current value is -2"],
    [{ limit: 0.5 }, "'limit' must be a whole number of at least -1: current value is 0.5"],
    [{ offset: -1 }, "'offset' must be a whole number of at least 0: current value is -1"],
  ])('refuses %j', (options, message) => {
    const rows = [0, 1].map((id): Row => ({ id, name: null, count: null, endTime: null, data: {} }));
    expect(() => select(rows, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});

describe('conditions', () => {
  const name = (row: { name: string | null }) => row.name;

  it('test for values, one value, or a part', () => {
    expect(isIn(name, ['a', 'b'])?.({ name: 'b' })).toBe(true);
    expect(isIn(name, [])?.({ name: 'b' })).toBe(false);
    expect(equals(name, 'a')?.({ name: 'A' })).toBe(false);
    expect(contains(name, 'b')?.({ name: 'abc' })).toBe(true);
    expect(contains(name, '')?.({ name: null })).toBe(false);
  });

  it('are absent when the filter is', () => {
    expect([isIn(name, undefined), equals(name, undefined), contains(name, undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
