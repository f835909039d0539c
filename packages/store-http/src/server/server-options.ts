import { randomBytes } from 'node:crypto';
import { checkNumberOption, type Logger, refuseUnknownOptions, silentLogger } from '@agentlightning/core';
import { isLoopback } from './guard.ts';

/** How much one client may ask of the server. */
export interface ServerLimits {
  /** Body of a control request, bytes; default 1 MiB. Larger: 413. */
  readonly bodyBytes?: number;
  /** Body of a request that carries batches or user data (enqueue, resources, spans), bytes; default 32 MiB. */
  readonly bulkBodyBytes?: number;
  /** How long a client may take to send a request, milliseconds, up to a quarter more; default 30,000. Waiting for the reply does not count. */
  readonly requestTimeoutMs?: number;
  /** Open connections; default 10,000, each parked claim being one. */
  readonly maxConnections?: number;
}

/** How to start a `LightningStoreServer`. */
export interface LightningStoreServerOptions {
  /** Where to listen; default `127.0.0.1`. Other machines reach only a host that is not loopback, and those need a token. */
  readonly host?: string;
  /** 0 (default) takes a free one. */
  readonly port?: number;
  /**
   * What clients must show, in visible ASCII. Default: 256 random bits, to be read from `server.token`. `null`: anybody on this machine
   * may ask; refused for a host that is not loopback.
   */
  readonly token?: string | null;
  /** Default: silent. Failures inside the server are logged under the id that the client was told. */
  readonly logger?: Logger;
  readonly limits?: ServerLimits;
}

/** Options with their defaults. */
export interface ResolvedServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly logger: Logger;
  readonly limits: Required<ServerLimits>;
}

const ACTION = 'Cannot start the store server';

const DEFAULT_LIMITS: Required<ServerLimits> = {
  bodyBytes: 1024 ** 2,
  bulkBodyBytes: 32 * 1024 ** 2,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
};

/**
 * Fills in defaults.
 * @throws TypeError, RangeError for values that cannot be
 */
export function resolveServerOptions(options: LightningStoreServerOptions): ResolvedServerOptions {
  refuseUnknownOptions(ACTION, options, ['host', 'port', 'token', 'logger', 'limits']);
  const { host = '127.0.0.1', port = 0, logger = silentLogger, limits = {} } = options;
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(
      `Cannot start the store server as 'host' must be a host name or address: current value is '${host}'`,
    );
  }
  checkNumberOption(ACTION, 'port', port, { integer: true, min: 0, max: 65_535 });
  return { host, port, logger, token: resolveToken(options.token, host), limits: resolveLimits(limits) };
}

function resolveToken(token: string | null | undefined, host: string): string | null {
  if (token === undefined) return randomBytes(32).toString('base64url');
  if (token === null) {
    if (isLoopback(host)) return null;
    throw new TypeError(
      `Cannot start the store server without a token as 'host' must then be a loopback address: current value is '${host}'`,
    );
  }
  // The value stays out of the message: it is a secret.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError(
      "Cannot start the store server as 'token' must be a text of visible ASCII without spaces, or null",
    );
  }
  return token;
}

function resolveLimits(limits: ServerLimits): Required<ServerLimits> {
  const resolved = { ...DEFAULT_LIMITS, ...limits };
  refuseUnknownOptions(ACTION, limits, Object.keys(DEFAULT_LIMITS));
  for (const [name, value] of Object.entries(resolved)) {
    checkNumberOption(ACTION, `limits.${name}`, value, { integer: true, min: 1 });
  }
  return resolved;
}
