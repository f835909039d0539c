import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SharedClaimBudget } from './shared-claim-budget.ts';

/** One budget, as each of two threads has it. */
function budgetOf(claims: number): [SharedClaimBudget, SharedClaimBudget] {
  const [first, second] = SharedClaimBudget.shares(claims, 2).map((share) => new SharedClaimBudget(share));
  return [first!, second!];
}

describe('SharedClaimBudget', () => {
  it('hands out what is left when more is asked for, and then nothing', () => {
    const [budget, other] = budgetOf(3);
    expect([budget.take(2), other.take(2), budget.take(2)]).toEqual([2, 1, 0]);
  });

  it('hands out again what was reserved and not used', () => {
    const [budget, other] = budgetOf(3);
    budget.take(3);
    budget.settle(3, 1);
    expect(other.take(5)).toBe(2);
  });

  it('takes back what a thread had reserved when it died, and not what it had used or others have reserved', () => {
    const [budget, other] = budgetOf(6);
    budget.settle(budget.take(2), 1);
    budget.take(3);
    other.take(1);
    budget.release();
    expect(other.take(9)).toBe(4);
  });

  it('hands out exactly the budget to threads that take at the same time', async () => {
    const shares = SharedClaimBudget.shares(20_001, 3);
    const entry = new URL('../../test/fixtures/claim-taker.ts', import.meta.url);
    const takers = shares.map((share) => new Worker(entry, { workerData: share }));
    const taken = await Promise.all(takers.map(async (taker) => (await once(taker, 'message'))[0] as number));
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(20_001);
    expect(new SharedClaimBudget(shares[0]!).take(1)).toBe(0);
    await Promise.all(takers.map((taker) => taker.terminate()));
  });
});
