import { type Clock, isModelCallSpan, type Span } from '@agentlightning/core';
import { type RolloutLoad, TimeAccount, type TimeTotals, unionSeconds } from './time-account.ts';
import type { TimeReading } from './time-split.ts';

/** Where the account of a run is kept: part of its journal. */
export interface TimeKeeper {
  /** What earlier processes of the run came to. */
  getTime(): TimeTotals | undefined;
  /** Takes the place of what was kept before. Kept with the next record that answers a promise, or at the end of the turn. */
  noteTime(totals: TimeTotals): void;
}

/** What a time ledger is made of. */
export interface TimeLedgerOptions {
  readonly keeper: TimeKeeper;
  readonly clock: Clock;
  /** When the work of this process on the run began, in seconds since the Unix epoch. */
  readonly since: number;
  /** How many rollouts can run at once; `null`: not known. */
  readonly slots: number | null;
}

/** Follows where the time of a run goes, over all processes that work on it: time in which nobody does is in none of it. */
export class TimeLedger {
  readonly #options: TimeLedgerOptions;
  readonly #account: TimeAccount;

  /** Takes up what is there, and counts from `since` on. */
  constructor(options: TimeLedgerOptions) {
    this.#options = options;
    this.#account = new TimeAccount(options.since, options.slots, options.keeper.getTime());
  }

  /** What it has come to by now. */
  get reading(): TimeReading {
    const now = this.#now;
    return { totals: this.#account.totals(now), slots: this.#options.slots, until: now };
  }

  /** Keeps what there is by now. */
  pulse(): void {
    this.#options.keeper.noteTime(this.#account.totals(this.#now));
  }

  /** The rollouts stand otherwise. */
  rollouts(load: RolloutLoad): void {
    this.#account.rollouts(this.#now, load);
  }

  /** Runs what is a model call of the algorithm, its waiting for its turn included. */
  async optimizerCall<V>(call: () => Promise<V>): Promise<V> {
    this.#account.optimizerCalls(this.#now, 1);
    try {
      return await call();
    } finally {
      this.#account.optimizerCalls(this.#now, -1);
    }
  }

  /** An endpoint of the agents' models asks to be left alone until then. */
  holdOff(until: number): void {
    this.#account.holdOff(this.#now, until);
  }

  /**
   * An attempt has ended.
   * @param latencySeconds - `null` for one of which it is not known; it is left out
   */
  attempt(latencySeconds: number | null, spans: readonly Span[]): void {
    if (latencySeconds === null) return;
    const calls = spans.filter(isModelCallSpan);
    this.#account.attempt({
      seconds: latencySeconds,
      modelSeconds: unionSeconds(calls),
      modelCalls: calls.length,
    });
  }

  get #now(): number {
    return this.#options.clock.now();
  }
}
