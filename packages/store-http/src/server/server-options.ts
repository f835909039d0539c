import { randomBytes } from 'node:crypto';
import { checkNumberOption, type Logger, refuseUnknownOptions, silentLogger } from '@agentlightning/core';
import { ANY_ORIGIN, normalOrigin } from './cross-origin.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { isHostName, isLoopback } from './own-hosts.ts';

/** How much one client may ask of the server. */
export interface ServerLimits {
  /** Body of a control request, bytes; default 1 MiB. Larger: 413. */
  readonly bodyBytes?: number;
  /** Body of a request that carries batches or user data (enqueue, resources, spans), bytes; default 32 MiB. */
  readonly bulkBodyBytes?: number;
  /** Objects, arrays and keys in one JSON body; default 1,000,000. More: 413, before the body is parsed. */
  readonly jsonNodes?: number;
  /** Entries of a list at the top of a JSON body, such as the rollouts of a batch; default 100,000. More: 413. */
  readonly batchItems?: number;
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
   * may ask; refused for a host that is not loopback. One that others can try needs at least 16 characters.
   */
  readonly token?: string | null;
  /**
   * Origins whose pages may use the server from a browser, such as `https://pages.example`; default none. `*` is any page, which needs the
   * token like everybody else, and is refused without one.
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Further names, or `name:port`, by which clients may ask for the server: those of a proxy or a tunnel before it. Default none: on
   * loopback only `localhost`, `127.0.0.1` and `[::1]` with the server's port are answered, elsewhere any name. When given, no other name is answered
   * elsewhere either.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * The run that the store is served for. Clients that have worked for another run, at the same address and with the same token, are told that theirs is
   * over. Default: none, for a store of many.
   */
  readonly runId?: string;
  /**
   * A page to serve at `/`, and the run to show on it: `dashboardFiles()` of `@agentlightning/dashboard` is ours. What it shows needs the token like everything
   * else. Default: none.
   */
  readonly dashboard?: Dashboard;
  /** Default: silent. Failures inside the server are logged under the id that the client was told. */
  readonly logger?: Logger;
  readonly limits?: ServerLimits;
}

/** Options with their defaults. */
export interface ResolvedServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly runId: string | undefined;
  readonly dashboard: Dashboard | undefined;
  readonly logger: Logger;
  readonly limits: Required<ServerLimits>;
}

/** Shorter ones can be guessed by whoever reaches the server. */
const MIN_TOKEN_LENGTH = 16;

const ACTION = 'Cannot start the store server';

const OPTION_NAMES = ['host', 'port', 'token', 'corsOrigins', 'allowedHosts', 'runId', 'dashboard', 'logger', 'limits'];

const DEFAULT_LIMITS: Required<ServerLimits> = {
  bodyBytes: 1024 ** 2,
  bulkBodyBytes: 32 * 1024 ** 2,
  jsonNodes: 1_000_000,
  batchItems: 100_000,
  requestTimeoutMs: 30_000,
  maxConnections: 10_000,
};

/**
 * Fills in defaults.
 * @throws TypeError, RangeError for values that cannot be
 */
export function resolveServerOptions(options: LightningStoreServerOptions): ResolvedServerOptions {
  refuseUnknownOptions(ACTION, options, OPTION_NAMES);
  const { host = '127.0.0.1', port = 0, runId, dashboard, logger = silentLogger, limits = {} } = options;
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(
      `Cannot start the store server as 'host' must be a host name or address: current value is '${host}'`,
    );
  }
  checkNumberOption(ACTION, 'port', port, { integer: true, min: 0, max: 65_535 });
  if (runId !== undefined && !/^[\x21-\x7e]+$/.test(runId)) {
    throw new TypeError(
      `${ACTION} as 'runId' must be a text of visible ASCII without spaces: current value is ${JSON.stringify(runId)}`,
    );
  }
  checkPaths(dashboard);
  const token = resolveToken(options.token, host);
  const corsOrigins = resolveOrigins(options.corsOrigins ?? [], token);
  const allowedHosts = resolveHosts(options.allowedHosts ?? []);
  return { host, port, runId, dashboard, logger, token, corsOrigins, allowedHosts, limits: resolveLimits(limits) };
}

/** Letters that mean something to the router would serve a file under other names than its own, and the store's paths are the store's. */
function checkPaths(dashboard: Dashboard | undefined): void {
  for (const path of dashboard?.files.keys() ?? []) {
    if (/^\/(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*)?$/.test(path) && !path.startsWith('/v1/')) continue;
    throw new TypeError(
      `${ACTION} as 'dashboard.files' must have paths such as '/' and '/assets/page.js': current value is ${JSON.stringify(path)}`,
    );
  }
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
  if (token.length < MIN_TOKEN_LENGTH && !isLoopback(host)) {
    throw new RangeError(
      `Cannot start the store server as 'token' must have ${MIN_TOKEN_LENGTH} characters or more for a host that others reach: its length is ${token.length}`,
    );
  }
  return token;
}

function resolveOrigins(origins: readonly string[], token: string | null): string[] {
  return origins.map((given) => {
    const origin = typeof given === 'string' ? normalOrigin(given) : undefined;
    if (origin === undefined) {
      throw new TypeError(
        `${ACTION} as 'corsOrigins' must be origins such as 'https://pages.example', or '*': current value is '${given}'`,
      );
    }
    if (origin === ANY_ORIGIN && token === null) {
      throw new TypeError(`${ACTION} with 'corsOrigins' of '*' and without a token: any page could use the store`);
    }
    return origin;
  });
}

function resolveHosts(hosts: readonly string[]): readonly string[] {
  const wrong = hosts.find((host) => typeof host !== 'string' || !isHostName(host));
  if (wrong === undefined) return hosts;
  throw new TypeError(
    `${ACTION} as 'allowedHosts' must be names such as 'store.example' or 'localhost:5000': current value is '${wrong}'`,
  );
}

function resolveLimits(limits: ServerLimits): Required<ServerLimits> {
  const resolved = { ...DEFAULT_LIMITS, ...limits };
  refuseUnknownOptions(ACTION, limits, Object.keys(DEFAULT_LIMITS));
  for (const [name, value] of Object.entries(resolved)) {
    checkNumberOption(ACTION, `limits.${name}`, value, { integer: true, min: 1 });
  }
  return resolved;
}
