import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SharedClaimBudget } from './shared-claim-budget.ts';

describe('SharedClaimBudget', () => {
  it('hands out what is left when more is asked for, and then nothing', () => {
    const budget = SharedClaimBudget.of(3);
    expect([budget.take(2), budget.take(2), budget.take(2)]).toEqual([2, 1, 0]);
  });

  it('hands out again what was given back', () => {
    const budget = SharedClaimBudget.of(1);
    budget.take(1);
    budget.giveBack(1);
    expect(budget.take(5)).toBe(1);
  });

  it('hands out exactly the budget to threads that take at the same time', async () => {
    const budget = SharedClaimBudget.of(20_001);
    const entry = new URL('../../test/fixtures/claim-taker.ts', import.meta.url);
    const takers = [1, 2, 3].map(() => new Worker(entry, { workerData: budget.memory }));
    const taken = await Promise.all(takers.map(async (taker) => (await once(taker, 'message'))[0] as number));
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(20_001);
    expect(budget.take(1)).toBe(0);
    await Promise.all(takers.map((taker) => taker.terminate()));
  });
});
