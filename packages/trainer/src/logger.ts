import { createRequire } from 'node:module';
import type { Logger } from '@agentlightning/core';

// Loaded when a logger is made: every runner thread whose agent imports the umbrella loads this module, and hardly one makes a logger.
const require = createRequire(import.meta.url);

/** How much to log. */
export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Names under which secrets travel, at any of the depths that log fields have. */
const SECRETS = ['apiKey', 'api_key', 'token', 'authorization', 'password'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/**
 * Makes a logger that writes JSON lines to standard error, or to `destination`. Fields named like secrets are written as `[redacted]`.
 */
export function createLogger(
  options: { readonly level?: LogLevel; readonly destination?: { write(line: string): void } } = {},
): Logger {
  const { pino } = require('pino') as typeof import('pino');
  const { level = 'info', destination = pino.destination({ dest: 2, sync: true }) } = options;
  return pino({ level, redact: { paths: SECRETS, censor: '[redacted]' } }, destination);
}
