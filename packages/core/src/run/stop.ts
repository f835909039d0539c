/** Why a run ended. What is an error rejects instead. */
export type StopReason =
  /** The algorithm returned. */
  | 'completed'
  /** A signal of the caller or of the system asked for it; the result is what was known then. */
  | 'interrupted'
  /** The budget leaves no room for what was to come next; the result is what was known then, and a higher budget goes on with it. */
  | 'budget'
  /** Without an algorithm: `maxRollouts` were served. */
  | 'max-rollouts'
  /** A process of role `runner`: the run it served ended. */
  | 'run-ended';

/** How far stopping was asked to go, in this order: finish what is in flight, abort it, end the threads it runs in, end the process. */
export type StopStep = 'drain' | 'abort' | 'terminate' | 'kill';

/** What asked for a step of stopping: a signal of the system, or `signal` of the caller. */
export type StopCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'caller';

/** Somebody has asked for a step of stopping. */
export interface StopRequest {
  readonly step: StopStep;
  readonly cause: StopCause;
}
