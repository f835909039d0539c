import { CLAIM_LEASE_SECONDS } from '../rollout/deadline.ts';

interface Heard {
  readonly at: number;
  readonly leftOutSince: ReadonlyMap<string, number>;
}

/**
 * Since when workers leave out of their heartbeats what they claimed. Kept in memory alone: a store that is opened again begins anew, as nobody could name
 * anything while it was away.
 */
export class LeftOutClaims {
  readonly #heard = new Map<string, Heard>();

  /**
   * A worker said what it executes. One that was silent for as long as a lease has only just come back, and may still ask for what it claimed: for it the
   * time begins anew.
   *
   * @param leftOut - the attempts that it claimed under claim ids and did not name
   * @returns since when it has left out each
   */
  heard(workerId: string, leftOut: readonly string[], now: number): ReadonlyMap<string, number> {
    const before = this.#heard.get(workerId);
    const known = before !== undefined && now <= before.at + CLAIM_LEASE_SECONDS ? before.leftOutSince : undefined;
    const leftOutSince = new Map(leftOut.map((attemptId) => [attemptId, known?.get(attemptId) ?? now]));
    if (leftOutSince.size === 0) this.#heard.delete(workerId);
    else this.#heard.set(workerId, { at: now, leftOutSince });
    return leftOutSince;
  }
}
