/**
 * Where the framework writes what it does. A pino logger fits as it is; the default everywhere is {@link silentLogger}.
 * Nothing is ever printed by the library itself.
 */
export interface Logger {
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
}

const drop = (): void => {};

/** Discards everything. */
export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop };
