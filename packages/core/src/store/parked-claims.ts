import type { Clock } from '../time/clock.ts';
import { claimOfAnother } from './claim-id.ts';

/** A caller that waits for work. */
export interface ClaimRequest {
  /** 1 or more. */
  readonly limit: number;
  readonly workerId: string | undefined;
  /** More than 0. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Two callers of one claim id are one: each gets what the other gets. */
  readonly claimId: string | undefined;
}

interface Parked<T> {
  readonly request: ClaimRequest;
  readonly leave: (claims: T[]) => void;
  /** Leaves the place to another caller, and answers what that one gets. */
  readonly join: (other: Promise<T[]>) => void;
}

/**
 * Callers that wait for work, served first come first served. Claiming and answering happen in the same turn of the
 * event loop, so a caller that left (its time is up, its signal aborted) never takes a claim with it.
 */
export class ParkedClaims<T> {
  readonly #clock: Clock;
  readonly #parked = new Set<Parked<T>>();
  readonly #byClaimId = new Map<string, Parked<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits until {@link deal} has something, the time is up or the signal aborts (then the answer is empty).
   * @throws LightningError `CONFLICT` if another worker waits under the same claim id
   */
  park(request: ClaimRequest): Promise<T[]> {
    const { promise, resolve } = Promise.withResolvers<T[]>();
    const { signal, claimId, workerId } = request;
    const twin = claimId === undefined ? undefined : this.#byClaimId.get(claimId);
    if (twin !== undefined && twin.request.workerId !== workerId) throw claimOfAnother(twin.request.claimId ?? '');
    const forget = (): void => {
      this.#parked.delete(parked);
      if (claimId !== undefined && this.#byClaimId.get(claimId) === parked) this.#byClaimId.delete(claimId);
      timer.cancel();
      signal?.removeEventListener('abort', leaveEmpty);
    };
    const leave = (claims: T[]): void => {
      forget();
      resolve(claims);
    };
    const leaveEmpty = (): void => leave([]);
    const join = (other: Promise<T[]>): void => {
      forget();
      resolve(other);
    };
    const parked: Parked<T> = { request, leave, join };
    const timer = this.#clock.setTimer(request.waitMs, leaveEmpty);
    signal?.addEventListener('abort', leaveEmpty);
    this.#parked.add(parked);
    if (claimId !== undefined) {
      // Most likely the connection of the older one is gone and nobody has noticed yet.
      twin?.join(promise);
      this.#byClaimId.set(claimId, parked);
    }
    return promise;
  }

  /**
   * Deals out what there is, one to each in turn, so that threads that wait share a batch. Costs nothing when nobody
   * waits.
   *
   * @param claim - takes the next piece of work for a caller; `undefined` when there is none left
   */
  deal(claim: (request: ClaimRequest) => T | undefined): void {
    this.plan(claim)?.();
  }

  /**
   * As {@link deal}, for a store that has to write the claims down before anybody may hear of them.
   *
   * @returns what hands the claims over, to be called in the same turn of the event loop; where it is not called, all
   *   wait on as before. `undefined` if there is nothing to hand over
   */
  plan(claim: (request: ClaimRequest) => T | undefined): (() => void) | undefined {
    if (this.#parked.size === 0) return undefined;
    const served = new Map<Parked<T>, T[]>();
    let round: Iterable<Parked<T>> = this.#parked;
    let isOut = false;
    while (!isOut) {
      const hungry: Parked<T>[] = [];
      for (const parked of round) {
        const item = claim(parked.request);
        isOut = item === undefined;
        if (item === undefined) break;
        const claims = served.get(parked) ?? [];
        claims.push(item);
        served.set(parked, claims);
        if (claims.length < parked.request.limit) hungry.push(parked);
      }
      if (hungry.length === 0) break;
      round = hungry;
    }
    if (served.size === 0) return undefined;
    return () => {
      for (const [parked, claims] of served) parked.leave(claims);
    };
  }

  /** Answers everybody with nothing. */
  close(): void {
    for (const parked of [...this.#parked]) parked.leave([]);
  }
}
