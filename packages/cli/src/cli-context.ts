import { isatty } from 'node:tty';
import { openPrompter, type Prompter } from './prompter.ts';

/** The signals by which a user, a service manager or the end of a terminal ends a command. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

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
   * Calls `listener` at each {@link StopSignal}, which then does not end the process. A process that has no terminal to lose, as under `nohup`, goes on at SIGHUP.
   * @returns a function that stops listening
   */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** From now on what others print in this process, such as an agent in a thread, goes to standard error; `stdout` above stays what it is. */
  divertPrints(): void;
  /** Asks a person; `undefined` where nobody is there to answer. */
  readonly openPrompter: (() => Prompter) | undefined;
  /** Ends the process at once, with whatever is going on in it. */
  exit(code: number): void;
  /** Why a part of what was written to `stdout` did not get there, such as a disk that is full; `undefined` if nobody is missing anything. */
  whyLost(): Error | undefined;
}

/** The process that this runs in. */
export function processContext(): CliContext {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  const hasTerminal = [0, 1, 2].some(isatty);
  // Node has taken away what nohup had set.
  if (!hasTerminal) process.on('SIGHUP', () => {});
  const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', ...(hasTerminal ? (['SIGHUP'] as const) : [])];
  let lost: Error | undefined;
  // What is printed from here on is lost, and that is no reason to break off, least of all in a run that costs money.
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isReaderGone(error)) lost = error;
  });
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
      for (const signal of stopSignals) process.on(signal, listener);
      return () => {
        for (const signal of stopSignals) process.off(signal, listener);
      };
    },
    // Threads print through this very method.
    divertPrints: () => {
      stdout.write = stderr.write.bind(stderr);
    },
    openPrompter: process.stdin.isTTY && stderr.isTTY ? openPrompter : undefined,
    exit: (code) => process.exit(code),
    whyLost: () => lost,
  };
}

/** Whoever read it has seen enough, such as `head`, or the terminal was closed. */
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EIO';
}
