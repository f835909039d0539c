import type { Pacing } from './pacing.ts';
import { backoffMs } from './retry.ts';

/** What an {@link Outage} asks with. */
export interface OutageOptions {
  /** Asks the server for anything. Resolves when it answers, whatever it says; rejects when it cannot be reached. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  readonly pacing: Pacing;
}

/**
 * The circuit breaker of a client. While the server cannot be reached one probe asks for it, after pauses of a random part of 100 ms, 200 ms … 10 s, and
 * all calls wait for what that finds: a server that comes back is not met by everything that has piled up, again and again.
 */
export class Outage {
  readonly #options: OutageOptions;
  readonly #waiting = new Set<() => void>();
  #probing: AbortController | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Whether the server cannot be reached, as far as anybody knows. */
  get isOn(): boolean {
    return this.#probing !== undefined;
  }

  /**
   * Waits until the server answers again. To be called by whoever could not reach it; makes sure that there is a probe.
   * @returns `false` if the time is up or the signal aborted before
   */
  async over(waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || waitMs <= 0) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    void this.#probe();
    let isOver = false;
    const limit = new AbortController();
    const abort = (): void => limit.abort();
    signal.addEventListener('abort', abort);
    try {
      await Promise.race([
        promise.then(() => {
          isOver = true;
        }),
        this.#options.pacing.pause(waitMs, limit.signal),
      ]);
      return isOver;
    } finally {
      limit.abort();
      signal.removeEventListener('abort', abort);
      this.#waiting.delete(resolve);
      // Nobody is interested any more: the next call finds out by itself.
      if (this.#waiting.size === 0) this.#end();
    }
  }

  async #probe(): Promise<void> {
    if (this.#probing !== undefined) return;
    const probing = new AbortController();
    this.#probing = probing;
    const { probe, pacing } = this.#options;
    for (let failures = 1; ; failures++) {
      await pacing.pause(backoffMs(failures, pacing.random), probing.signal);
      if (probing.signal.aborted) return;
      try {
        await probe(probing.signal);
        break;
      } catch {
        // It still cannot be reached. Those who wait throw what they met themselves.
      }
    }
    if (probing.signal.aborted) return;
    this.#end();
    for (const wake of this.#waiting) wake();
  }

  #end(): void {
    this.#probing?.abort();
    this.#probing = undefined;
  }
}
