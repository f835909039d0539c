import type { RateLimit } from '@agentlightning/core';

/** How many calls may be in flight at first, and at most. APO's branches of a round, by its defaults, do not wait for each other. */
const FIRST_WINDOW = 16;
const WIDEST_WINDOW = 1024;

/** What is left of the window, and of the rate, when an endpoint says that it is too much. */
const WINDOW_CUT = 0.7;
const RATE_CUT = 0.9;

/** How long the rate takes to come back to where it was cut, at least: in milliseconds, and in calls. */
const RECOVERY_MS = 10_000;
const RECOVERY_CALLS = 10;

/** So many failures in a row, and an endpoint is taken to be in trouble: it is asked by one call at a time, after pauses that double. */
const TROUBLE = 3;
const FIRST_TROUBLE_MS = 1000;
const LONGEST_TROUBLE_MS = 30_000;

/** With less than this share of its tokens left an endpoint is given time, as nobody knows how many the next call takes. */
const TOKEN_RESERVE = 0.1;

/**
 * The pace of calls to one model of one endpoint: how many may be in flight, and when the next may start. Learns from what the endpoint says of its limits, and from
 * its refusals. Holds no timers and no calls: times are milliseconds that the caller passes, and never go back.
 *
 * After a refusal the window is cut as by TCP, and calls keep to the rate that went through lately: cut by a tenth, back after {@link RECOVERY_MS}, slowly beyond
 * where it was refused, then ever faster (the curve of CUBIC, RFC 9438).
 */
export class Lane {
  #window = FIRST_WINDOW;
  #isProbing = true;
  #inFlight = 0;
  #pausedUntil = 0;
  #nextStart = 0;
  /** Spacing that the endpoint's own numbers ask for. */
  #scarceIntervalMs = 0;
  #cut: { readonly time: number; readonly ratePerMs: number } | undefined;
  /** Since the last cut: what went through, and for how long there was anything to do. */
  #accepted = 0;
  #activeMs = 0;
  #seen = 0;
  #waiting = 0;
  /** Failures since the last answer, and how often trouble was waited out in vain. */
  #failures = 0;
  #pauses = 0;

  /** Whether there is room for one more, whenever it may start. */
  get hasRoom(): boolean {
    return this.#inFlight < (this.#failures < TROUBLE ? this.#window : 1);
  }

  /** When the next call may start. */
  startsAt(): number {
    return Math.max(this.#pausedUntil, this.#nextStart);
  }

  /** Notes how many calls wait, so that times without anything to do are told from slow ones. */
  setWaiting(waiting: number, now: number): void {
    this.#elapse(now);
    this.#waiting = waiting;
  }

  /** A call starts. @returns what to hand in when it ends */
  start(now: number): number {
    this.#elapse(now);
    this.#inFlight += 1;
    this.#nextStart = now + Math.max(this.#scarceIntervalMs, this.#learntIntervalMs(now));
    return now;
  }

  /** A call was answered. */
  succeeded(now: number, limits: readonly RateLimit[]): void {
    this.#end(now);
    this.#accepted += 1;
    this.#failures = 0;
    this.#pauses = 0;
    this.#window = Math.min(WIDEST_WINDOW, this.#window + (this.#isProbing ? 1 : 1 / this.#window));
    this.#heed(now, limits);
  }

  /** A call ended in a way that says nothing about the endpoint. */
  ended(now: number): void {
    this.#end(now);
  }

  /**
   * A call was lost by a failure that passes: the endpoint, or the way to it, may be down.
   * @param startedAt - what {@link start} gave
   * @param jitter - in [0, 1)
   */
  lost(now: number, { startedAt, jitter }: { startedAt: number; jitter: number }): void {
    this.#end(now);
    this.#failures += 1;
    // Those that were under way with it are lost to the same trouble.
    if (this.#failures < TROUBLE || startedAt < this.#pausedUntil) return;
    const longest = Math.min(LONGEST_TROUBLE_MS, FIRST_TROUBLE_MS * 2 ** this.#pauses);
    this.#pauses += 1;
    this.pauseUntil(now + longest * (0.5 + jitter / 2));
  }

  /**
   * A call was refused as one too many.
   * @param startedAt - what {@link start} gave
   * @param pauseMs - how long the endpoint asks to be left alone
   */
  throttled(
    now: number,
    { startedAt, pauseMs, limits }: { startedAt: number; pauseMs: number; limits: readonly RateLimit[] },
  ): void {
    const before = this.#inFlight;
    this.#end(now);
    this.pauseUntil(now + pauseMs);
    this.#heed(now, limits);
    // Those that were sent before the cut tell nothing new.
    if (this.#cut !== undefined && startedAt <= this.#cut.time) return;
    this.#isProbing = false;
    this.#window = Math.max(1, Math.min(this.#window, before) * WINDOW_CUT);
    this.#cut = { time: now, ratePerMs: Math.max(this.#accepted, 1) / Math.max(this.#activeMs, 1) };
    this.#accepted = 0;
    this.#activeMs = 0;
    this.#nextStart = Math.max(this.#nextStart, now + this.#learntIntervalMs(now));
  }

  /** Nothing starts before. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** Spacing by the rate that went through. */
  #learntIntervalMs(now: number): number {
    if (this.#cut === undefined) return 0;
    const { ratePerMs } = this.#cut;
    const recoveryMs = Math.max(RECOVERY_MS, RECOVERY_CALLS / ratePerMs);
    const fromRecovery = (Math.max(now, this.#pausedUntil) - this.#cut.time - recoveryMs) / recoveryMs;
    return 1 / (ratePerMs * (1 + (1 - RATE_CUT) * fromRecovery ** 3));
  }

  /** Takes the endpoint at its word: what is spent comes back evenly until the reset. */
  #heed(now: number, limits: readonly RateLimit[]): void {
    this.#scarceIntervalMs = 0;
    for (const { of, limit, remaining, resetMs } of limits) {
      const needed = of === 'tokens' ? (limit ?? 0) * TOKEN_RESERVE : this.#inFlight;
      if (remaining > needed) continue;
      const refillMs = resetMs / Math.max(1, (limit ?? 1) - remaining);
      if (of === 'requests') this.#scarceIntervalMs = refillMs;
      if (of === 'tokens' || remaining < 1) {
        this.pauseUntil(now + Math.min(resetMs, (needed - remaining + 1) * refillMs));
      }
    }
  }

  #end(now: number): void {
    this.#elapse(now);
    this.#inFlight -= 1;
  }

  #elapse(now: number): void {
    if (this.#inFlight + this.#waiting > 0) this.#activeMs += now - this.#seen;
    this.#seen = now;
  }
}
