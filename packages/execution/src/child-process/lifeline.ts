/** The file descriptor, in a runner process, of the pipe whose other end the parent holds for as long as it lives. */
export const LIFELINE_FD = 4;

/** What the watchdog of a runner process is started with. */
export interface WatchdogData {
  /** How much memory the process may take, in MB of its resident set. */
  readonly rssMb: number;
  /** How often to look, in milliseconds. */
  readonly intervalMs: number;
}

/** What the watchdog writes to the parent before it ends a process for its memory, as a line of JSON. */
export interface MemoryNotice {
  readonly usedMb: number;
}

/** How a runner process is told what to be: its arguments, as JSON. No secret is among them. */
export interface ProcessArguments extends WatchdogData {
  /** Module that exports the main function, which takes a `WorkerContext`. */
  readonly entry: string;
  readonly exportName: string;
  readonly logs: boolean;
}

/** What a runner process sends, besides a `ThreadOutput`, before an error ends it that nobody caught. */
export interface UncaughtNotice {
  readonly type: 'uncaught';
  readonly message: string;
}
