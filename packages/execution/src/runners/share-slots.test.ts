import { describe, expect, it } from 'vitest';
import { shareSlots } from './share-slots.ts';

describe('shareSlots()', () => {
  it('spreads slots evenly and loses none', () => {
    expect(shareSlots(5, 2)).toEqual([3, 2]);
    expect(shareSlots(64, 3)).toEqual([22, 21, 21]);
  });

  it('uses no more threads than there are slots', () => {
    expect(shareSlots(2, 16)).toEqual([1, 1]);
  });
});
