import { pause } from './pause.ts';

/** Time and chance as retries use them; given by tests. */
export interface Pacing {
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Resolves after `delayMs`, or as soon as `signal` is aborted. */
  pause(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to before 1. */
  readonly random: () => number;
}

/** The machine's. */
export const systemPacing: Pacing = { now: () => performance.now(), pause, random: Math.random };
