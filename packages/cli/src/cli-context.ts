/** The signals by which a user or a service manager ends a command. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What commands touch of their process. A test brings its own. */
export interface CliContext {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Calls `listener` at each {@link StopSignal}, which then does not end the process.
   * @returns a function that stops listening
   */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once, with whatever is going on in it. */
  exit(code: number): void;
}

/** The process that this runs in. */
export function processContext(): CliContext {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onStopSignal: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}
