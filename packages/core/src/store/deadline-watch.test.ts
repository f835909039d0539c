import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { DeadlineWatch } from './deadline-watch.ts';

function watchOn(clock: VirtualClock): { watch: DeadlineWatch<string>; fired: [string, number][] } {
  const fired: [string, number][] = [];
  const start = clock.now();
  const watch = new DeadlineWatch<string>(clock, () => {
    for (let item = watch.takeDue(clock.now()); item !== undefined; item = watch.takeDue(clock.now())) {
      fired.push([item, Math.round(clock.now() - start)]);
    }
  });
  return { watch, fired };
}

describe('DeadlineWatch', () => {
  it('fires for each deadline, in order, with one timer', () => {
    const clock = new VirtualClock(0);
    const { watch, fired } = watchOn(clock);
    for (const at of [30, 10, 20]) watch.set(`at-${at}`, at);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(10);
    expect(fired, 'a deadline has passed only after it').toEqual([]);
    clock.advance(50);
    expect(fired).toEqual([
      ['at-10', 10],
      ['at-20', 20],
      ['at-30', 30],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fires for equal deadlines in the order in which they were set', () => {
    const clock = new VirtualClock(0);
    const { watch, fired } = watchOn(clock);
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) watch.set(name, 5);
    clock.advance(10);
    expect(fired.map(([name]) => name)).toEqual(names);
  });

  it('follows a deadline that moves, either way', () => {
    const clock = new VirtualClock(0);
    const { watch, fired } = watchOn(clock);
    watch.set('later', 10);
    watch.set('later', 40);
    watch.set('sooner', 50);
    watch.set('sooner', 5);
    watch.set('never', 7);
    watch.set('never', undefined);
    clock.advance(100);
    expect(fired).toEqual([
      ['sooner', 5],
      ['later', 40],
    ]);
  });

  it('keeps its timer while heartbeats push a deadline away', () => {
    const clock = new VirtualClock(0);
    const armed = { count: 0 };
    const counting = {
      now: () => clock.now(),
      setTimer: (delayMs: number, fire: () => void) => {
        armed.count += 1;
        return clock.setTimer(delayMs, fire);
      },
    };
    const watch = new DeadlineWatch<string>(counting, () => {});
    for (let at = 10; at < 1_000; at++) watch.set('alive', at);
    expect(armed.count).toBe(1);
  });

  it('close() leaves no timer behind', () => {
    const clock = new VirtualClock(0);
    const { watch, fired } = watchOn(clock);
    watch.set('a', 10);
    watch.close();
    watch.set('b', 5);
    expect(clock.pendingTimers).toBe(0);
    clock.advance(100);
    expect(fired).toEqual([]);
  });
});
