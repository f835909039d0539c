import { setTimeout as delay } from 'node:timers/promises';

/** Lets each request take its latency, at most `servers` of them at once and the rest waiting first in, first out. */
export class WorkQueue {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param servers how many requests are worked on at once; `Infinity` for no limit */
  constructor(servers: number) {
    this.#free = servers;
  }

  /**
   * Resolves when the request has waited its turn and its latency.
   * @throws the signal's reason when it aborts; the place is given back
   */
  async work(latencyMs: number, signal: AbortSignal): Promise<void> {
    await this.#acquire(signal);
    try {
      if (latencyMs > 0) await delay(latencyMs, undefined, { signal });
    } finally {
      this.#release();
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      const position = this.#waiting.indexOf(resolve);
      // Called on already: the place is ours, and work() gives it back.
      if (position < 0) return;
      this.#waiting.splice(position, 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(resolve);
    await promise;
    signal.removeEventListener('abort', leave);
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
