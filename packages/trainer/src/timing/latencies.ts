/** Two latencies in one bucket differ by a tenth at most. */
const STEP = Math.log(1.1);
/** What is quicker is in the first bucket. */
const SHORTEST_SECONDS = 0.001;

/** Latencies as a histogram of steps of 10 %: a few dozen counts for any number of rollouts. */
export class Latencies {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** @param counts - of {@link toJson} */
  constructor(counts: readonly (readonly [bucket: number, count: number])[] = []) {
    for (const [bucket, count] of counts) this.#add(bucket, count);
  }

  /** How many there are. */
  get total(): number {
    return this.#total;
  }

  /** Adds one. */
  add(seconds: number): void {
    this.#add(Math.max(0, Math.round(Math.log(seconds / SHORTEST_SECONDS) / STEP)), 1);
  }

  /** The latency in seconds that this share of them does not exceed, to 5 %; 0 without any. */
  quantile(share: number): number {
    let left = share * this.#total;
    for (const [bucket, count] of this.toJson()) {
      left -= count;
      if (left <= 1e-9) return SHORTEST_SECONDS * Math.exp(bucket * STEP);
    }
    return 0;
  }

  /** By bucket, the quickest first. */
  toJson(): readonly (readonly [bucket: number, count: number])[] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }
}
