import type { Logger, StopHurry } from '@agentlightning/core';

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
   * Ends the runners in four steps: no more claims and time to finish, the abort of the agents, the end of their threads, the end of what those
   * wait for. Attempts that were cut off are reported as interrupted. Settles when nothing is left; calling it twice is the same as once.
   */
  stop(reason: unknown): Promise<void>;
}

/** How much time the first steps of {@link Runners.stop} have, in milliseconds. */
export interface StopDeadlines {
  readonly drainMs: number;
  readonly abortMs: number;
}

/** How much time the steps have by which threads and processes are ended that the abort has not, in milliseconds. */
export interface EndDeadlines {
  readonly terminateMs: number;
  readonly killMs: number;
}

/** By what {@link Runners.stop} goes: the deadlines, and who cannot wait for them. */
export interface StopPlan extends StopDeadlines {
  readonly hurry: StopHurry | undefined;
}

/** Who is told of what could not be ended. */
export interface StopWitness {
  readonly logger: Logger;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Tells the log and the user. */
export function warnOf(message: string, { logger, onWarning }: StopWitness): void {
  logger.warn({}, message);
  onWarning?.(message);
}

/** What a runner is given on top of `abortMs`, to report what the agents left. In milliseconds. */
export const REPORT_MS = 1000;
