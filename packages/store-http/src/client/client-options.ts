import { checkNumberOption, type Logger, refuseUnknownOptions, silentLogger } from '@agentlightning/core';
import { type Endpoint, parseEndpoint } from './endpoint.ts';

/** How to reach a store server. */
export interface LightningStoreClientOptions {
  /** `http://host:port`. A token may be given as its password, as for upstream's client: `http://agl:TOKEN@host:port`. */
  readonly url: string;
  /** What the server asks for, `server.token`. Default: the password in the URL, else none. */
  readonly token?: string | null;
  /** How long a reply may take, milliseconds; default 30,000. Waiting for work or for rollouts does not count. */
  readonly requestTimeoutMs?: number;
  /**
   * How long a call is tried again while the server cannot be asked, milliseconds; default 600,000. 0 tries once. A server that has never answered is
   * given up after 120,000 at the latest. A call that would happen twice, as the server does not know the ids that prevent it, is repeated only if it
   * is certain that it did not arrive.
   */
  readonly retryBudgetMs?: number;
  /** Once aborted, calls are tried again for 500 ms at most: for a process that has been told to end. Default: never. */
  readonly hurry?: AbortSignal;
  /** Connections for calls that are answered at once, default 32. Every parked claim and wait takes one more. */
  readonly maxConnections?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

/** Options with their defaults. */
export interface ResolvedClientOptions {
  readonly endpoint: Endpoint;
  readonly requestTimeoutMs: number;
  readonly retryBudgetMs: number;
  readonly hurry: AbortSignal | undefined;
  readonly maxConnections: number;
  readonly logger: Logger;
}

const ACTION = 'Cannot connect to the store';
const OPTION_NAMES = ['url', 'token', 'requestTimeoutMs', 'retryBudgetMs', 'hurry', 'maxConnections', 'logger'];

/**
 * Fills in defaults.
 * @throws TypeError, RangeError for values that cannot be
 */
export function resolveClientOptions(options: LightningStoreClientOptions): ResolvedClientOptions {
  const { requestTimeoutMs = 30_000, retryBudgetMs = 600_000, hurry } = options;
  const { maxConnections = 32, logger = silentLogger } = options;
  refuseUnknownOptions(ACTION, options, OPTION_NAMES);
  checkNumberOption(ACTION, 'requestTimeoutMs', requestTimeoutMs, { above: 0 });
  checkNumberOption(ACTION, 'retryBudgetMs', retryBudgetMs, { min: 0 });
  checkNumberOption(ACTION, 'maxConnections', maxConnections, { integer: true, min: 1 });
  return {
    endpoint: parseEndpoint(options.url, options.token),
    requestTimeoutMs,
    retryBudgetMs,
    hurry,
    maxConnections,
    logger,
  };
}
