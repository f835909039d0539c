/** A timer that was armed with {@link Clock.setTimer}. */
export interface ClockTimer {
  /** Disarms the timer; harmless once it has fired. */
  cancel(): void;
}

/**
 * Where time comes from. Everything that reads the time or waits takes one, so that tests run on a virtual clock and a
 * run repeats from its seed.
 */
export interface Clock {
  /** Seconds since the Unix epoch, with fraction. Upstream's records use the same unit. */
  now(): number;
  /**
   * Calls `fire` once, `delayMs` milliseconds from now, unless cancelled before. The timer does not keep the process
   * alive.
   */
  setTimer(delayMs: number, fire: () => void): ClockTimer;
}

/** Longest delay that `setTimeout` keeps; longer ones would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  setTimer(delayMs, fire) {
    const due = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - performance.now();
      timer = left > MAX_DELAY_MS ? setTimeout(arm, MAX_DELAY_MS) : setTimeout(fire, Math.max(0, Math.ceil(left)));
      timer.unref();
    };
    arm();
    return { cancel: () => clearTimeout(timer) };
  },
};
