/** How many rollouts may still be claimed, shared by runners that have one limit together, over threads and processes too. */
export interface ClaimBudget {
  /** Reserves up to `max` claims, at least 1 asked for, and answers how many: 0 when none are left. */
  take(max: number): number | Promise<number>;
  /** Ends a reservation: so many of its claims have found a rollout, and the others may be taken again. */
  settle(reserved: number, used: number): void;
}

/** A {@link ClaimBudget} for the runners of one thread. */
export class LocalClaimBudget implements ClaimBudget {
  #left: number;

  /** @param claims - 0 or more; `Infinity` for no limit */
  constructor(claims: number) {
    this.#left = claims;
  }

  take(max: number): number {
    const taken = Math.min(max, this.#left);
    this.#left -= taken;
    return taken;
  }

  settle(reserved: number, used: number): void {
    this.#left += reserved - used;
  }
}
