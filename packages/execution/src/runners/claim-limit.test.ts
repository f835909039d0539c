import { describe, expect, it } from 'vitest';
import { ClaimLimit } from './claim-limit.ts';

describe('ClaimLimit', () => {
  it('grants what is left and no more, over all seats', () => {
    const limit = new ClaimLimit(5);
    expect([limit.take(0, 3), limit.take(1, 3), limit.take(0, 1)]).toEqual([3, 2, 0]);
  });

  it('grants anew what was not used', () => {
    const limit = new ClaimLimit(3);
    limit.take(0, 3);
    limit.settle(0, 3, 1);
    expect(limit.take(1, 9)).toBe(2);
  });

  it('takes back what a dead seat had been granted and not what it had used', () => {
    const limit = new ClaimLimit(4);
    limit.take(0, 1);
    limit.settle(0, 1, 1);
    limit.take(0, 2);
    limit.release(0);
    limit.release(0);
    expect(limit.take(1, 9)).toBe(3);
  });

  it('without a limit grants whatever is asked for', () => {
    expect(new ClaimLimit(Number.POSITIVE_INFINITY).take(0, 64)).toBe(64);
  });
});
