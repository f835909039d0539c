import type { ClaimBudget } from '@agentlightning/runner';

/** The budget of one of several threads, as it is sent there. */
export interface ClaimShare {
  /** What is left, and after it what each thread has reserved. */
  readonly memory: SharedArrayBuffer;
  /** The number of the thread, from 0. */
  readonly seat: number;
}

/**
 * How many rollouts may still be claimed, counted over threads: every thread has one of these over the same memory. Never hands out more than
 * there is, whatever the threads do at the same time. What a thread had reserved when it died can be taken back, see {@link release}.
 */
export class SharedClaimBudget implements ClaimBudget {
  readonly #counts: Int32Array;
  /** Where the reservations of this thread are counted. */
  readonly #own: number;

  constructor({ memory, seat }: ClaimShare) {
    this.#counts = new Int32Array(memory);
    this.#own = seat + 1;
  }

  /** A budget of `claims`, 0 or more, in as many shares as there are threads. */
  static shares(claims: number, threads: number): ClaimShare[] {
    const memory = new SharedArrayBuffer((1 + threads) * Int32Array.BYTES_PER_ELEMENT);
    // More than fits is as good as no limit: at a claim per millisecond it lasts for 24 days.
    Atomics.store(new Int32Array(memory), LEFT, Math.min(claims, 2 ** 31 - 1));
    return Array.from({ length: threads }, (_, seat) => ({ memory, seat }));
  }

  take(max: number): number {
    for (;;) {
      const left = Atomics.load(this.#counts, LEFT);
      const taken = Math.min(max, left);
      if (taken <= 0) return 0;
      if (Atomics.compareExchange(this.#counts, LEFT, left, left - taken) !== left) continue;
      Atomics.add(this.#counts, this.#own, taken);
      return taken;
    }
  }

  settle(reserved: number, used: number): void {
    // In this order: a thread that ends in between must not have its claims handed out twice.
    Atomics.sub(this.#counts, this.#own, reserved);
    Atomics.add(this.#counts, LEFT, reserved - used);
  }

  /** Takes back what the thread had reserved and will not settle, as it is dead. */
  release(): void {
    Atomics.add(this.#counts, LEFT, Atomics.exchange(this.#counts, this.#own, 0));
  }
}

const LEFT = 0;
