import type { RunnerLoss } from './lost-attempts.ts';

/** On how many different tasks runners may crash in a minute. One more, and the agent is taken to be unable to run at all. */
export const MAX_CRASHES_PER_MINUTE = 5;

const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 400;

/**
 * Whether the end of a thread or process says something against its agent. It does not when it was past the time limit of an attempt, which is a timeout like any
 * other, nor when somebody else ended it, at work or waiting for some. One that is ended while it loads the agent may be so because of that, again and again.
 */
export function isCrash(
  { isOverdue, isFromOutside }: Pick<RunnerLoss, 'isOverdue' | 'isFromOutside'>,
  isLoaded: boolean,
): boolean {
  return !isOverdue && !(isFromOutside && isLoaded);
}

/** What to do about a crash. */
export type CrashVerdict = { readonly replaceInMs: number } | { readonly giveUp: true };

/**
 * Counts crashes over the last minute, of all threads or processes together, and says whether to go on. A task that crashes again and again counts once:
 * it fails by itself. The delay before a replacement doubles with every crash in the window, from 50 to 400 ms.
 */
export class CrashWindow {
  readonly #crashes: { readonly at: number; readonly task: string | undefined }[] = [];

  /**
   * @param nowMs - a monotonic clock, in milliseconds
   * @param task - id of the rollout that is to blame; `undefined` if that is not known, which counts as another one each time
   */
  record(nowMs: number, task?: string): CrashVerdict {
    while (this.#crashes.length > 0 && this.#crashes[0]!.at <= nowMs - WINDOW_MS) this.#crashes.shift();
    this.#crashes.push({ at: nowMs, task });
    const known = this.#crashes.flatMap((crash) => crash.task ?? []);
    const unknown = this.#crashes.length - known.length;
    if (new Set(known).size + unknown > MAX_CRASHES_PER_MINUTE) return { giveUp: true };
    return { replaceInMs: Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#crashes.length - 1)) };
  }
}
