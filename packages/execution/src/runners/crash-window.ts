/** How many crashes a minute are taken for accidents. One more, and the agent is taken to be unable to run at all. */
export const MAX_CRASHES_PER_MINUTE = 5;

const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 1000;

/** What to do about a crash. */
export type CrashVerdict = { readonly replaceInMs: number } | { readonly giveUp: true };

/**
 * Counts crashes over the last minute, of all threads together, and says whether to go on. The delay before a replacement doubles with
 * every crash in the window, from 50 ms to 1 s.
 */
export class CrashWindow {
  readonly #times: number[] = [];

  /** @param nowMs - a monotonic clock, in milliseconds */
  record(nowMs: number): CrashVerdict {
    while (this.#times.length > 0 && this.#times[0]! <= nowMs - WINDOW_MS) this.#times.shift();
    this.#times.push(nowMs);
    const crashes = this.#times.length;
    if (crashes > MAX_CRASHES_PER_MINUTE) return { giveUp: true };
    return { replaceInMs: Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (crashes - 1)) };
  }
}
