import type { Clock } from '../time/clock.ts';

/** A caller that waits for work. */
export interface ClaimRequest {
  /** 1 or more. */
  readonly limit: number;
  readonly workerId: string | undefined;
  /** More than 0. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

interface Parked<T> {
  readonly request: ClaimRequest;
  readonly claims: T[];
  readonly leave: () => void;
}

/**
 * Callers that wait for work, served first come first served. Claiming and answering happen in the same turn of the
 * event loop, so a caller that left (its time is up, its signal aborted) never takes a claim with it.
 */
export class ParkedClaims<T> {
  readonly #clock: Clock;
  readonly #parked = new Set<Parked<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits until {@link deal} has something, the time is up or the signal aborts (then the answer is empty). */
  park(request: ClaimRequest): Promise<T[]> {
    const { promise, resolve } = Promise.withResolvers<T[]>();
    const leave = (): void => {
      this.#parked.delete(parked);
      timer.cancel();
      request.signal?.removeEventListener('abort', leave);
      resolve(parked.claims);
    };
    const parked: Parked<T> = { request, claims: [], leave };
    const timer = this.#clock.setTimer(request.waitMs, leave);
    request.signal?.addEventListener('abort', leave);
    this.#parked.add(parked);
    return promise;
  }

  /**
   * Deals out what there is, one to each in turn, so that threads that wait share a batch. Costs nothing when nobody
   * waits.
   *
   * @param claim - takes the next piece of work for a worker; `undefined` when there is none left
   */
  deal(claim: (workerId: string | undefined) => T | undefined): void {
    if (this.#parked.size === 0) return;
    const served = new Set<Parked<T>>();
    let round: Iterable<Parked<T>> = this.#parked;
    let isOut = false;
    while (!isOut) {
      const hungry: Parked<T>[] = [];
      for (const parked of round) {
        const item = claim(parked.request.workerId);
        isOut = item === undefined;
        if (item === undefined) break;
        parked.claims.push(item);
        served.add(parked);
        if (parked.claims.length < parked.request.limit) hungry.push(parked);
      }
      if (hungry.length === 0) break;
      round = hungry;
    }
    for (const parked of served) parked.leave();
  }

  /** Answers everybody with nothing. */
  close(): void {
    for (const parked of [...this.#parked]) parked.leave();
  }
}
