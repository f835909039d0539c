import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rollout, RolloutStatus } from '../rollout/rollout.ts';
import { RolloutOrder } from './rollout-order.ts';

interface Row {
  rollout: Rollout;
  readonly index: number;
}

const STATUSES = ['queuing', 'running', 'succeeded'] as const satisfies readonly RolloutStatus[];

const rowArbitrary = fc.record({ status: fc.constantFrom(...STATUSES), waited: fc.nat(2) });
const moveArbitrary = fc.record({ row: fc.nat(), to: fc.constantFrom(...STATUSES) });
const pageArbitrary = fc.record({
  statusIn: fc.option(fc.array(fc.constantFrom(...STATUSES)), { nil: undefined }),
  order: fc.constantFrom('asc' as const, 'desc' as const),
  offset: fc.nat(20),
  limit: fc.integer({ min: -1, max: 20 }),
});

describe('RolloutOrder', () => {
  it('answers the page that sorting all rows by start time would', () => {
    const histories = fc.tuple(
      fc.array(rowArbitrary, { maxLength: 60 }),
      fc.array(moveArbitrary, { maxLength: 60 }),
      fc.array(pageArbitrary, { minLength: 5, maxLength: 5 }),
    );
    fc.assert(
      fc.property(histories, ([added, moves, pages]) => {
        const order = new RolloutOrder<Row>();
        let startTime = 0;
        for (const [index, { status, waited }] of added.entries()) {
          startTime += waited;
          order.add({ rollout: { status, startTime } as Rollout, index });
        }
        for (const { row: at, to } of moves) {
          const row = order.rows[at % Math.max(1, added.length)];
          if (row === undefined) continue;
          const from = row.rollout.status;
          row.rollout = { ...row.rollout, status: to };
          order.move(row, from, to);
        }
        expect(order.isByStartTime).toBe(true);
        for (const page of pages) {
          const matches = order.rows.filter(
            ({ rollout: { status } }) => page.statusIn?.some((one) => one === status) ?? true,
          );
          const sign = page.order === 'asc' ? 1 : -1;
          const sorted = matches.toSorted((a, b) => sign * (a.rollout.startTime - b.rollout.startTime));
          const end = page.limit === -1 ? undefined : page.offset + page.limit;
          expect(order.page(page)).toEqual(sorted.slice(page.offset, end));
          expect(order.count(page.statusIn)).toBe(matches.length);
        }
      }),
    );
  });

  it('knows when the clock went backwards', () => {
    const order = new RolloutOrder<Row>();
    for (const [index, startTime] of [5, 5, 4].entries()) {
      order.add({ rollout: { status: 'queuing', startTime } as Rollout, index });
    }
    expect(order.isByStartTime).toBe(false);
  });
});
