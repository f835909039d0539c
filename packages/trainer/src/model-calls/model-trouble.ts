import type { Clock } from '@agentlightning/core';

/** Nothing has come of calls for so long before it is said: a rate limit or a hiccup passes sooner. */
const QUIET_SECONDS = 10;

/** Says why a run stands still whose models do not answer: once each time, as it waits for minutes before it pauses. */
export class ModelTrouble {
  readonly #who: string;
  readonly #clock: Clock;
  readonly #tell: (message: string) => void;
  #since: number | undefined;
  #isTold = false;

  /** @param who - asks in vain: the subject of the sentence that is told */
  constructor(who: string, clock: Clock, tell: (message: string) => void) {
    this.#who = who;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** A call came to nothing, and is made again. */
  failed(reason: string): void {
    const now = this.#clock.now();
    this.#since ??= now;
    const seconds = now - this.#since;
    if (this.#isTold || seconds < QUIET_SECONDS) return;
    this.#isTold = true;
    this.#tell(
      `${this.#who} had no answer of their model for ${Math.round(seconds)} s: ${reason}. They try again; if it lasts, the run pauses and can be gone on with`,
    );
  }

  /** A call was answered. */
  answered(): void {
    this.#since = undefined;
    this.#isTold = false;
  }
}
