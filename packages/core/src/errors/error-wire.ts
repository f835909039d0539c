import { isLightningError, LIGHTNING_ERROR_CODES, LightningError, type LightningErrorCode } from './lightning-error.ts';

/** A {@link LightningError} as data, for messages between threads and processes. */
export interface ErrorWire {
  readonly code: LightningErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Class name of the original error, e.g. `TypeError`. */
  readonly name: string;
  /** For logs in the same trust domain; never sent to an HTTP client. */
  readonly stack?: string;
  readonly cause?: ErrorWire;
}

/**
 * Turns anything that was thrown into a {@link LightningError}: one already is returned as it is, an abort becomes
 * `ABORTED`, everything else `INTERNAL` (or `fallback`) with the original as its cause.
 */
export function toLightningError(thrown: unknown, fallback: LightningErrorCode = 'INTERNAL'): LightningError {
  if (isLightningError(thrown)) return thrown;
  if (thrown instanceof Error) {
    const code = thrown.name === 'AbortError' ? 'ABORTED' : thrown.name === 'TimeoutError' ? 'TIMEOUT' : fallback;
    return new LightningError(code, thrown.message || thrown.name, { cause: thrown });
  }
  return new LightningError(fallback, `Something other than an Error was thrown: ${describe(thrown)}`, {
    cause: thrown,
  });
}

/** The wire form of anything thrown. Follows up to five causes. */
export function errorToWire(thrown: unknown, depth = 5): ErrorWire {
  const error = toLightningError(thrown);
  const original = thrown instanceof Error ? thrown : error;
  // An error that is wrapped here is not a cause of its own.
  const { cause } = original;
  return {
    code: error.code,
    message: original.message || error.message,
    details: error.details,
    name: original.name,
    ...(original.stack === undefined ? {} : { stack: original.stack }),
    ...(cause === undefined || depth === 0 ? {} : { cause: errorToWire(cause, depth - 1) }),
  };
}

/** The reverse of {@link errorToWire}. Unknown codes, from a newer peer, become `INTERNAL`. */
export function errorFromWire(wire: ErrorWire): LightningError {
  const code = (LIGHTNING_ERROR_CODES as readonly string[]).includes(wire.code) ? wire.code : 'INTERNAL';
  const error = new LightningError(code, wire.message, {
    details: wire.details,
    ...(wire.cause === undefined ? {} : { cause: errorFromWire(wire.cause) }),
  });
  if (wire.name !== 'LightningError') error.name = wire.name;
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
