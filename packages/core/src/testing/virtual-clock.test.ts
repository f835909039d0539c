import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('stands still until it is told to move', () => {
    const clock = new VirtualClock(100);
    expect(clock.now()).toBe(100);
    clock.advance(2.5);
    expect(clock.now()).toBe(102.5);
  });

  it('fires timers in the order in which they are due, each at its own time', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.setTimer(2_000, note('b'));
    clock.setTimer(1_000, note('a'));
    clock.setTimer(2_000, note('c'));
    clock.setTimer(9_000, note('later'));
    clock.advance(3);
    expect(fired).toEqual(['a@1', 'b@2', 'c@2']);
    expect(clock.pendingTimers).toBe(1);
  });

  it('fires timers that a timer sets on the way', () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      clock.setTimer(1_000, again);
    };
    clock.setTimer(1_000, again);
    clock.advance(3.5);
    expect(fired).toEqual([1, 2, 3]);
  });

  it('does not fire what was cancelled, also by another timer', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    const second = clock.setTimer(2_000, () => fired.push('second'));
    clock.setTimer(1_000, () => second.cancel());
    clock.advance(5);
    second.cancel();
    expect(fired).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not go back', () => {
    expect(() => new VirtualClock().advance(-1)).toThrow(RangeError);
  });
});
