/** In which order records answer that were asked for at the same time. */
export type ReplayOrder = 'first-in-first-out' | 'last-in-first-out' | 'random';

/** Holds back the answers of records until nobody asks for more, and then gives one. */
export class ReplayGate {
  readonly #order: ReplayOrder;
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  #isTurning = false;

  /** @param random - a number in [0, 1), for the random order */
  constructor(order: ReplayOrder, random: () => number) {
    this.#order = order;
    this.#random = random;
  }

  /** Resolves when it is the caller's turn. */
  pass(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (!this.#isTurning) void this.#turn();
    return promise;
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    while (this.#waiting.length > 0) {
      // Whoever goes on because of the last answer has asked for the next one after a few turns.
      for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
      this.#waiting.splice(this.#next(), 1)[0]?.();
    }
    this.#isTurning = false;
  }

  #next(): number {
    if (this.#order === 'first-in-first-out') return 0;
    if (this.#order === 'last-in-first-out') return this.#waiting.length - 1;
    return Math.floor(this.#random() * this.#waiting.length);
  }
}
