/** How many rollouts may still be claimed, shared by runners that have one limit together, over threads too. */
export interface ClaimBudget {
  /** Reserves up to `max` claims, at least 1 asked for, and answers how many: 0 when none are left. */
  take(max: number): number;
  /** Returns claims that were reserved and found no rollout. */
  giveBack(count: number): void;
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

  giveBack(count: number): void {
    this.#left += count;
  }
}
