/** A worker that was silent for longer than this is not waited for; a parked claim comes back twice as often. */
const RECENT_MS = 60_000;

/** Beyond this many the stale ones are forgotten at once. */
const MANY = 10_000;

/** Which workers are about, so that closing can wait until each has been told. */
export class RecentWorkers {
  readonly #lastSeen = new Map<string, number>();
  #onGone: (() => void) | undefined;

  /** Notes a sign of life. */
  seen(workerId: string): void {
    this.#lastSeen.set(workerId, performance.now());
    if (this.#lastSeen.size > MANY) this.#forgetStale();
  }

  /** The worker knows that it should not come back. */
  gone(workerId: string): void {
    if (this.#lastSeen.delete(workerId)) this.#onGone?.();
  }

  /** Resolves when no recent worker is left, after `deadlineMs` or with the signal at the latest. Called again it takes the place of the first call. */
  async allGone(deadlineMs: number, signal?: AbortSignal): Promise<void> {
    this.#forgetStale();
    if (this.#lastSeen.size === 0 || deadlineMs <= 0 || signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const previous = this.#onGone;
    this.#onGone = () => {
      previous?.();
      if (this.#lastSeen.size === 0) resolve();
    };
    const timer = setTimeout(resolve, deadlineMs);
    const cut = (): void => resolve();
    signal?.addEventListener('abort', cut, { once: true });
    await promise;
    clearTimeout(timer);
    signal?.removeEventListener('abort', cut);
  }

  #forgetStale(): void {
    const oldest = performance.now() - RECENT_MS;
    for (const [workerId, at] of this.#lastSeen) if (at < oldest) this.#lastSeen.delete(workerId);
  }
}
