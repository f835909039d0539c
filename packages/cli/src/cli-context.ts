import { openPrompter, type Prompter } from './prompter.ts';

/** The signals by which a user or a service manager ends a command. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Where a command writes. */
export interface CliOutput {
  write(text: string): unknown;
  /** Whether a person looks at it. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** See `TerminalLike`. */
  on?(event: 'error', listener: () => void): unknown;
}

/** What commands touch of their process. A test brings its own. */
export interface CliContext {
  /** For the answer of the command, and nothing else. */
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Calls `listener` at each {@link StopSignal}, which then does not end the process.
   * @returns a function that stops listening
   */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** From now on what others print in this process, such as an agent in a thread, goes to standard error; `stdout` above stays what it is. */
  divertPrints(): void;
  /** Asks a person; `undefined` where nobody is there to answer. */
  readonly openPrompter: (() => Prompter) | undefined;
  /** Ends the process at once, with whatever is going on in it. */
  exit(code: number): void;
}

/** The process that this runs in. */
export function processContext(): CliContext {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  // Whoever read it has gone, such as `head`: what is printed from here on is lost, and that is no reason to break off.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  return {
    stdout: {
      write,
      isTTY: stdout.isTTY,
      get columns() {
        return stdout.columns;
      },
    },
    stderr,
    env: process.env,
    onStopSignal: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    // Threads print through this very method.
    divertPrints: () => {
      stdout.write = stderr.write.bind(stderr);
    },
    openPrompter: process.stdin.isTTY && stderr.isTTY ? openPrompter : undefined,
    exit: (code) => process.exit(code),
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
