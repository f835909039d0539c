import { createRequire } from 'node:module';
import { type Logger, refuseUnknownOptions } from '@agentlightning/core';

// Loaded when a logger is made: every runner thread whose agent imports the umbrella loads this module, and hardly one makes a logger.
const require = createRequire(import.meta.url);

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** How much to log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which secrets travel, at any of the depths that log fields have. */
const SECRETS = ['apiKey', 'api_key', 'token', 'authorization', 'password'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/**
 * Makes a logger that writes JSON lines to standard error, or to `destination`. Fields named like secrets are written as `[redacted]`.
 *
 * @param options.level - what is at least as urgent is written, default `info`
 * @throws TypeError for an unknown option, RangeError for an unknown level
 */
export function createLogger(
  options: { readonly level?: LogLevel; readonly destination?: { write(line: string): void } } = {},
): Logger {
  const action = 'Cannot make the logger';
  refuseUnknownOptions(action, options, ['level', 'destination']);
  const { level = 'info' } = options;
  if (!LOG_LEVELS.includes(level)) {
    throw new RangeError(
      `${action} as 'level' must be one of ${LOG_LEVELS.join(', ')}: current value is ${String(level)}`,
    );
  }
  const { pino } = require('pino') as typeof import('pino');
  const { destination = pino.destination({ dest: 2, sync: true }) } = options;
  return pino({ level, redact: { paths: SECRETS, censor: '[redacted]' } }, destination);
}
