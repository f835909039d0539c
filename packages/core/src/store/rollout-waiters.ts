import { LightningError } from '../errors/lightning-error.ts';
import type { Clock } from '../time/clock.ts';

/** What to wait for. */
export interface RolloutWait {
  /** Rollouts that exist, each once. */
  readonly rolloutIds: readonly string[];
  /** How many of them have ended already. */
  readonly ended: number;
  /** More than `ended`, and at most as many as there are ids. */
  readonly minDone: number;
  /** `undefined`: no limit. */
  readonly timeoutSeconds: number | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Waiter {
  missing: number;
  readonly settle: (error?: LightningError) => void;
}

/**
 * Wakes callers when enough of their rollouts have ended. An ending costs O(1) for each caller that waits for it,
 * however many ids that caller named; a rollout that is reopened in the meantime counts as not ended again.
 */
export class RolloutWaiters {
  readonly #clock: Clock;
  /** Hardly ever more than one: a set for each of many ids would be most of what a wait costs. */
  readonly #waiters = new Map<string, Waiter | Set<Waiter>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when enough rollouts have ended or the time is up.
   * @throws LightningError `ABORTED` when the signal aborts, `STORE_CLOSING` after {@link close}
   */
  wait({ rolloutIds, ended, minDone, timeoutSeconds, signal }: RolloutWait): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error?: LightningError): void => {
      for (const rolloutId of rolloutIds) this.#forget(rolloutId, waiter);
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const abort = (): void => settle(waitAborted(signal));
    const waiter: Waiter = { missing: minDone - ended, settle };
    const timer =
      timeoutSeconds === undefined ? undefined : this.#clock.setTimer(timeoutSeconds * 1000, () => settle());
    signal?.addEventListener('abort', abort);
    for (const rolloutId of rolloutIds) this.#remember(rolloutId, waiter);
    return promise;
  }

  /** A rollout has ended. */
  ended(rolloutId: string): void {
    const waiters = this.#waiters.get(rolloutId);
    if (waiters instanceof Set) for (const waiter of waiters) countDown(waiter);
    else if (waiters !== undefined) countDown(waiters);
  }

  /** A rollout that had ended goes on. */
  reopened(rolloutId: string): void {
    for (const waiter of each(this.#waiters.get(rolloutId))) waiter.missing += 1;
  }

  /** Ends every wait with `error`. */
  close(error: LightningError): void {
    for (const waiter of new Set([...this.#waiters.values()].flatMap(each))) waiter.settle(error);
  }

  #remember(rolloutId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(rolloutId);
    if (waiters instanceof Set) waiters.add(waiter);
    else this.#waiters.set(rolloutId, waiters === undefined ? waiter : new Set([waiters, waiter]));
  }

  #forget(rolloutId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(rolloutId);
    if (waiters === waiter) this.#waiters.delete(rolloutId);
    else if (waiters instanceof Set && waiters.delete(waiter) && waiters.size === 0) this.#waiters.delete(rolloutId);
  }
}

function countDown(waiter: Waiter): void {
  waiter.missing -= 1;
  if (waiter.missing === 0) waiter.settle();
}

function each(waiters: Waiter | Set<Waiter> | undefined): Waiter[] {
  if (waiters instanceof Set) return [...waiters];
  return waiters === undefined ? [] : [waiters];
}

/** The error of a wait that its signal ended. */
export function waitAborted(signal: AbortSignal | undefined): LightningError {
  return new LightningError('ABORTED', 'The wait for rollouts was stopped by its signal', { cause: signal?.reason });
}
