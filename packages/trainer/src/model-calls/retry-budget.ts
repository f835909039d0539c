/** Tries beyond the first that a run may make, as a share of its calls, and how many it may make anyway. */
const SHARE = 0.2;
const FLOOR = 32;

/**
 * How many tries a run may make beyond one for each call: a fifth of its calls, and 32 anyway. Whoever tries again and again makes an outage longer, and may pay
 * for it; a run that can be resumed loses nothing when it stops instead.
 */
export class RetryBudget {
  #calls = 0;
  #retries = 0;

  /** Tries beyond the first so far. */
  get retries(): number {
    return this.#retries;
  }

  /** Notes a call. */
  called(): void {
    this.#calls += 1;
  }

  /** Takes one more try. @returns whether there was one */
  take(): boolean {
    if (this.#retries >= Math.max(FLOOR, SHARE * this.#calls)) return false;
    this.#retries += 1;
    return true;
  }
}
