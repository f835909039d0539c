/**
 * How many rollouts may still be claimed, counted over threads and processes, each of which asks for what it needs. What one had been granted when it died
 * can be taken back, see {@link release}.
 */
export class ClaimLimit {
  #left: number;
  /** What each has been granted and has not settled, by the number of its seat. */
  readonly #granted = new Map<number, number>();

  /** @param claims - 0 or more; `Infinity` for no limit */
  constructor(claims: number) {
    this.#left = claims;
  }

  /** Grants up to `max` claims, 0 when there are none. */
  take(seat: number, max: number): number {
    const taken = Math.min(max, this.#left);
    this.#left -= taken;
    this.#granted.set(seat, (this.#granted.get(seat) ?? 0) + taken);
    return taken;
  }

  /** Of `granted` claims so many have found a rollout; the others may be granted anew. */
  settle(seat: number, granted: number, used: number): void {
    this.#granted.set(seat, (this.#granted.get(seat) ?? 0) - granted);
    this.#left += granted - used;
  }

  /** Takes back what was granted and will not be settled, as whoever sat there is dead. */
  release(seat: number): void {
    this.#left += this.#granted.get(seat) ?? 0;
    this.#granted.delete(seat);
  }
}
