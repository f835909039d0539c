import type { Clock } from '@agentlightning/core';
import { pause } from './waiting.ts';

/** The longest that claims are held because an endpoint asks to be left alone. */
const LONGEST_ASKED_MS = 60_000;
/** How long claims are held after attempts that were lost to an endpoint's trouble: doubled from one time to the next. */
const FIRST_HOLD_MS = 1000;
const LONGEST_HOLD_MS = 30_000;

/**
 * Keeps a runner from claiming rollouts while its agents' model endpoint asks to be left alone, or is in trouble: each would cost a rollout one of its attempts. In
 * trouble one attempt at a time finds out whether it is over.
 */
export class ClaimBrake {
  readonly #clock: Clock;
  readonly #random: () => number;
  #heldUntil = 0;
  /** Times that attempts were lost since one was not. */
  #losses = 0;

  /** @param random - in [0, 1) */
  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** An endpoint asks to be left alone for so long. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#clock.now() + Math.min(ms, LONGEST_ASKED_MS) / 1000);
  }

  /**
   * An attempt was lost to an endpoint's trouble.
   * @param startedAt - in seconds since the epoch; of those that were under way when claims began to be held nothing new is learnt
   */
  lost(startedAt: number): void {
    if (this.#losses > 0 && startedAt < this.#heldUntil) return;
    const longest = Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** this.#losses);
    this.#losses += 1;
    this.hold(longest * (0.5 + this.#random() / 2));
  }

  /** An attempt ended that was not lost so. */
  passed(): void {
    this.#losses = 0;
  }

  /** How many of the slots may be in use. */
  slots(all: number): number {
    return this.#losses > 0 ? 1 : all;
  }

  /** Waits until claims are not held any more, or until `stop`. */
  async released(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const left = this.#heldUntil - this.#clock.now();
      if (left <= 0) return;
      await pause(this.#clock, left * 1000, stop);
    }
  }
}
