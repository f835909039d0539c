import { VirtualClock } from '@agentlightning/core/testing';
import type { Pacing } from '../src/client/pacing.ts';

/** Time that passes only here, and as fast as whoever waits for it allows. */
export class TestPacing implements Pacing {
  readonly #clock = new VirtualClock();
  readonly random: () => number;

  constructor(random: () => number = () => 0.5) {
    this.random = random;
  }

  now(): number {
    return this.#clock.now() * 1000;
  }

  pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(delayMs, resolve);
      signal?.addEventListener('abort', () => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Awaits `promise` while time passes. */
  async whilePassing<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#clock.advance(0.01);
    }
    return promise;
  }
}
