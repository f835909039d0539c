import type { Clock, ClockTimer } from '../time/clock.ts';

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still until it is told to move. Timers fire in the order in which they are due, each with the
 * clock at its own time.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Pending>();

  /** @param now - seconds since the Unix epoch to begin at */
  constructor(now = 1_700_000_000) {
    this.#now = now;
  }

  /** How many timers are armed. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): ClockTimer {
    const timer: Pending = { due: this.#now + Math.max(0, delayMs) / 1000, order: this.#order++, fire };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /**
   * Moves on by `seconds`, firing what becomes due on the way.
   * @throws RangeError if `seconds` is negative
   */
  advance(seconds: number): void {
    if (!(seconds >= 0)) {
      throw new RangeError(`Cannot advance the clock as 'seconds' must be at least 0: current value is ${seconds}`);
    }
    const end = this.#now + seconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.fire();
    }
    this.#now = end;
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
