/**
 * Every code a {@link LightningError} can carry, with what it means to the caller. `docs/errors.md` lists them for users.
 *
 * The set is closed: other processes switch on it, so a new code is a change of the wire.
 */
export const LIGHTNING_ERROR_CODES = [
  /** The named rollout, attempt, snapshot or file does not exist. */
  'NOT_FOUND',
  /** The id is taken by something else, or the request contradicts one already accepted under the same id. */
  'CONFLICT',
  /** A value that came from outside (a request, a file, a dataset) does not have the documented shape. */
  'INVALID_ARGUMENT',
  /** The store cannot be asked now: no connection, no answer in time, or a server error. Says nothing about what exists. */
  'UNAVAILABLE',
  /** The store is shutting down on purpose; nobody should come back to it. */
  'STORE_CLOSING',
  /** Another process has the store's file open for writing. */
  'STORE_IN_USE',
  /** The store's file is damaged, of another program, or of another version: `details.reason` says which. */
  'STORE_UNREADABLE',
  /** The store was opened for reading only. */
  'STORE_READ_ONLY',
  /** The store wants a token, and none or a wrong one was given. */
  'UNAUTHENTICATED',
  /** The store knows the caller and refuses: a foreign host or origin. */
  'FORBIDDEN',
  /** The port is in use by somebody else. */
  'ADDRESS_IN_USE',
  /** The work was stopped by a signal before it was done. */
  'ABORTED',
  /** A deadline passed. */
  'TIMEOUT',
  /** A prompt template cannot be rendered with what it was given. */
  'TEMPLATE_INVALID',
  /** An agent, hook, tracer, algorithm or store cannot be loaded where it has to run. */
  'SOURCE_NOT_LOADABLE',
  /** An agent returned something that is not a rollout result. */
  'ROLLOUT_RESULT_INVALID',
  /** An agent's rollout failed: it threw, or was stopped. */
  'ROLLOUT_FAILED',
  /** A config file is missing, cannot be loaded, or has a field that cannot be used: `details.field` names it. */
  'CONFIG_INVALID',
  /** A dataset is missing, empty, or has bad rows (the message names them by number). */
  'DATASET_INVALID',
  /** The initial resources lack what the algorithm needs, or leave open which one is meant. */
  'RESOURCES_INVALID',
  /** The model endpoint cannot be used at all: unreachable, wrong key, no quota, unknown model. */
  'MODEL_UNAVAILABLE',
  /** A recorded step of an algorithm failed with an answer that will not change: its `details.failure` names it. */
  'STEP_FAILED',
  /** An algorithm broke a rule of durable steps; the message names the key and the rule. */
  'ALGORITHM_RULE_BROKEN',
  /** No best prompt exists yet. */
  'NO_BEST_PROMPT',
  /** A run was asked for in a place where none can start, such as inside a runner thread. */
  'RUN_NOT_ALLOWED',
  /** A run cannot be resumed as its data, options or code are others than those it began with: `details.differences` says which. */
  'RUN_CHANGED',
  /** The file that says what a run is cannot be read. */
  'RUN_UNREADABLE',
  /** The run's budget leaves no room for what was about to be done: `details` has the limit. It ends the run with the best so far. */
  'BUDGET_REACHED',
  /** A budget in dollars, and no price for a model: `details.model` names it. */
  'PRICE_UNKNOWN',
  /** Runner threads or processes are gone and cannot be replaced. */
  'RUNNERS_LOST',
  /** A defect of this framework or of the code it called. */
  'INTERNAL',
] as const;

/** One of {@link LIGHTNING_ERROR_CODES}. */
export type LightningErrorCode = (typeof LIGHTNING_ERROR_CODES)[number];

/** Optional parts of a {@link LightningError}. */
export interface LightningErrorOptions {
  /** The error behind this one. */
  readonly cause?: unknown;
  /** Plain JSON for programs: which id, which value, which alternatives. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * What everything in this framework throws once work has started. (A wrong argument is a `TypeError` or `RangeError`
 * before any work starts.)
 *
 * Switch on {@link LightningError.code}; the message is for people and may change. The error crosses threads and HTTP as
 * data, see `errorToWire()`.
 */
export class LightningError extends Error {
  override name = 'LightningError';
  /** What went wrong, for programs. */
  readonly code: LightningErrorCode;
  /** Plain JSON about the failure; empty when there is nothing to add. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: LightningErrorCode, message: string, options: LightningErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether `value` is a {@link LightningError}, of the given code if one is given. Works across copies of this package. */
export function isLightningError(value: unknown, code?: LightningErrorCode): value is LightningError {
  return (
    value instanceof Error &&
    'code' in value &&
    (LIGHTNING_ERROR_CODES as readonly unknown[]).includes(value.code) &&
    (code === undefined || value.code === code)
  );
}
