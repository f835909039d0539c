import type { ClaimBudget } from '@agentlightning/runner';

/**
 * How many rollouts may still be claimed, counted over threads: every thread has one of these over the same memory. Never hands out more than
 * there is, whatever the threads do at the same time. What a thread had reserved when it died is not handed out again.
 */
export class SharedClaimBudget implements ClaimBudget {
  /** Give this to another thread, which makes its own budget of it. */
  readonly memory: SharedArrayBuffer;
  readonly #left: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#left = new Int32Array(memory);
  }

  /** A budget of `claims`, 0 or more. */
  static of(claims: number): SharedClaimBudget {
    const budget = new SharedClaimBudget(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    // More than fits is as good as no limit: at a claim per millisecond it lasts for 24 days.
    Atomics.store(budget.#left, 0, Math.min(claims, 2 ** 31 - 1));
    return budget;
  }

  take(max: number): number {
    for (;;) {
      const left = Atomics.load(this.#left, 0);
      const taken = Math.min(max, left);
      if (taken <= 0) return 0;
      if (Atomics.compareExchange(this.#left, 0, left, left - taken) === left) return taken;
    }
  }

  giveBack(count: number): void {
    Atomics.add(this.#left, 0, count);
  }
}
