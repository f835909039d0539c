/** Runners at work, wherever they are. */
export interface Runners {
  /**
   * Resolves when every runner has ended: stopped, out of claims, or because the store closed. Rejects with `RUNNERS_LOST` when they
   * crash and replacing them does not help, and with what else keeps them from working.
   */
  readonly done: Promise<void>;
  /** Whether {@link stop} was called. */
  readonly isStopping: boolean;
  /**
   * Ends the runners: no more claims, then time to finish, then the abort of the agents, then the end of the threads. Attempts that
   * were cut off are reported as interrupted. Settles when nothing is left; calling it twice is the same as once.
   */
  stop(reason: unknown): Promise<void>;
}

/** How much time each step of {@link Runners.stop} has, in milliseconds. */
export interface StopDeadlines {
  readonly drainMs: number;
  readonly abortMs: number;
}

/** What a runner is given on top of `abortMs`, to report what the agents left. In milliseconds. */
export const REPORT_MS = 1000;
