import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { LightningError, type LightningStore } from '@agentlightning/core';
import type { FastifyInstance } from 'fastify';
import { ClaimDesk } from './claim-desk.ts';
import { Guard } from './guard.ts';
import { isLoopback } from './own-hosts.ts';
import { type LightningStoreServerOptions, resolveServerOptions } from './server-options.ts';

/** How to drain a {@link LightningStoreServer}. */
export interface DrainOptions {
  /** How long to wait for the workers, milliseconds; default 5,000. */
  readonly deadlineMs?: number;
  /** Once aborted, they are not waited for any longer. */
  readonly signal?: AbortSignal;
}

/** Replies still being written when the server closes get this long. */
const CLOSE_GRACE_MS = 1_000;

/**
 * A `LightningStore` over HTTP, for our clients and for upstream's Python ones.
 *
 * The server has a store and is not one; the store stays open when the server closes. Mirrors upstream `LightningStoreServer`
 * (v0.3.0).
 */
export class LightningStoreServer {
  /** Where clients find the server; for a host that means every address, one of this machine's. */
  readonly url: string;
  /** The host as given. */
  readonly host: string;
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  /** What clients must show, `null` if nothing. Keep it out of logs and command lines. */
  readonly token: string | null;
  readonly #app: FastifyInstance;
  readonly #claims: ClaimDesk;
  readonly #closing: AbortController;
  #closed: Promise<void> | undefined;

  private constructor(
    parts: { readonly app: FastifyInstance; readonly claims: ClaimDesk; readonly closing: AbortController },
    address: { readonly host: string; readonly port: number; readonly token: string | null },
  ) {
    this.#app = parts.app;
    this.#claims = parts.claims;
    this.#closing = parts.closing;
    this.host = address.host;
    this.port = address.port;
    this.token = address.token;
    this.url = `http://${inUrl(advertised(address.host))}:${address.port}`;
  }

  /**
   * Starts to listen.
   * @throws TypeError, RangeError for wrong options, no token on a host that is not loopback among them; LightningError
   * `ADDRESS_IN_USE` if somebody else listens there, `UNAVAILABLE` if nobody can
   */
  static async start(store: LightningStore, options: LightningStoreServerOptions = {}): Promise<LightningStoreServer> {
    const resolved = resolveServerOptions(options);
    const { host, port, token, logger, limits, corsOrigins, allowedHosts } = resolved;
    // Here and not above: most threads that load this package run agents, and serve nothing.
    const { buildApp } = await import('./app.ts');
    const closing = new AbortController();
    const claims = new ClaimDesk(store, logger);
    const context = { store, claims, closing: closing.signal, logger, bulkBodyBytes: limits.bulkBodyBytes };
    const app = buildApp(
      context,
      new Guard({ token, loopback: isLoopback(host), corsOrigins, allowedHosts }),
      resolved,
    );
    try {
      await app.listen({ host: await addressOf(host), port });
    } catch (error) {
      await app.close();
      throw listenError(error, `${inUrl(host)}:${port}`);
    }
    const address = app.server.address();
    const actualPort = typeof address === 'object' && address !== null ? address.port : port;
    return new LightningStoreServer({ app, claims, closing }, { host, port: actualPort, token });
  }

  /**
   * Answers every claim with `STORE_CLOSING` from now on and ends parked ones, while reports and spans are still taken. Resolves when
   * each worker seen in the last minute has been told, `deadlineMs` passed, or the signal aborts.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    return this.#claims.drain(options.deadlineMs ?? 5_000, options.signal);
  }

  /** Ends the parked claims of a worker that is known to be dead, sooner than its connections would. */
  workerGone(workerId: string): void {
    this.#claims.workerGone(workerId);
  }

  /**
   * Ends parked requests, refuses new ones and stops listening: with `STORE_CLOSING` after {@link drain}, so that runners go home, and otherwise with
   * `UNAVAILABLE`, so that clients wait for a server that comes back. Closing twice is the same as once.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort(this.#claims.stop());
    const timer = setTimeout(() => this.#app.server.closeAllConnections(), CLOSE_GRACE_MS);
    await this.#app.close();
    clearTimeout(timer);
  }
}

/** Of `localhost` the address that clients try first: for two of them there would be two servers, one without the limits. */
async function addressOf(host: string): Promise<string> {
  if (host !== 'localhost') return host;
  const { address } = await lookup(host);
  // The guard relies on it.
  if (!isLoopback(address)) throw new Error(`'localhost' is ${address} on this machine`);
  return address;
}

function listenError(error: unknown, address: string): LightningError {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return inUse
    ? new LightningError('ADDRESS_IN_USE', `Cannot start the store server: ${address} is in use`, {
        cause: error,
        details: { address },
      })
    : new LightningError('UNAVAILABLE', `Cannot start the store server on ${address}`, { cause: error });
}

/** Every address of the machine is none that a client could go to. */
function advertised(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
