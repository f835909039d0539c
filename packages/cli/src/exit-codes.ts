import type { LightningErrorCode } from '@agentlightning/core';

/** What the exit status of `agl` says. Programs switch on it, so these numbers stay. */
export const EXIT_CODES = {
  done: 0,
  /** A defect of ours: the message comes with a stack. */
  bug: 1,
  /** The command line, a file that it names, or the environment asks for something that cannot be. */
  usage: 2,
  /** What was stored before cannot be read: damaged, or written by a newer version. */
  stateUnreadable: 3,
  /** Somebody else has the address or the file. */
  inUse: 4,
  /** The run reached its budget. What was done is kept. */
  budgetReached: 5,
  /** Something that the run needs cannot be used, such as a model. What was done is kept. */
  dependencyUnavailable: 6,
  /** Its terminal is gone (SIGHUP). */
  hungUp: 129,
  /** Ended by Ctrl-C. */
  interrupted: 130,
  /** Ended by SIGTERM. */
  terminated: 143,
} as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Ends the command with a message and no stack: the user can do something about it. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT_CODES.usage, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The exit status for whatever a command ended in. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  return EXIT_CODE_OF_ERROR[codeOf(error) as LightningErrorCode] ?? EXIT_CODES.bug;
}

/**
 * The code of a `LightningError`, `undefined` for any other. Not by `isLightningError()`: what that comes with takes longer to load than help takes to print.
 */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error && 'details' in error ? error.code : undefined;
}

const EXIT_CODE_OF_ERROR: Partial<Record<LightningErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT_CODES.usage,
  DATASET_INVALID: EXIT_CODES.usage,
  RESOURCES_INVALID: EXIT_CODES.usage,
  SOURCE_NOT_LOADABLE: EXIT_CODES.usage,
  TEMPLATE_INVALID: EXIT_CODES.usage,
  NO_BEST_PROMPT: EXIT_CODES.usage,
  INVALID_ARGUMENT: EXIT_CODES.usage,
  // A directory in which there is a run.
  CONFLICT: EXIT_CODES.usage,
  NOT_FOUND: EXIT_CODES.usage,
  RUN_CHANGED: EXIT_CODES.usage,
  PRICE_UNKNOWN: EXIT_CODES.usage,
  RUN_NOT_ALLOWED: EXIT_CODES.usage,
  STORE_UNREADABLE: EXIT_CODES.stateUnreadable,
  RUN_UNREADABLE: EXIT_CODES.stateUnreadable,
  // The file of a store on a disk that is full or cannot be written.
  UNAVAILABLE: EXIT_CODES.stateUnreadable,
  STORE_IN_USE: EXIT_CODES.inUse,
  ADDRESS_IN_USE: EXIT_CODES.inUse,
  MODEL_UNAVAILABLE: EXIT_CODES.dependencyUnavailable,
};
