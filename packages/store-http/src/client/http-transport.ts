import { LightningError } from '@agentlightning/core';
import { type Dispatcher, Pool } from 'undici';
import { z } from 'zod';
import { RUN_HEADER } from '../features.ts';
import type { Operation, OperationInput, OperationReply } from '../operation.ts';
import type { Endpoint } from './endpoint.ts';
import { JsonWriter } from './json-bytes.ts';
import { replyError } from './reply-error.ts';

/** How the transport behaves. */
export interface HttpTransportOptions {
  readonly endpoint: Endpoint;
  /** How long a reply may take, milliseconds; a long poll adds its own wait. */
  readonly requestTimeoutMs: number;
  /** Connections for calls that answer at once; long polls take connections of their own. */
  readonly maxConnections: number;
  /** Told of the headers of every successful reply. */
  onReply(headers: Dispatcher.ResponseData['headers']): void;
}

/** What one exchange may take. */
export interface ExchangeOptions {
  /** Ends the exchange by closing its connection. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server may hold the reply back on purpose, milliseconds. */
  readonly waitMs?: number;
}

/** Some of it is optional: an operation without a body has no body to give. */
export type CallInput<O extends Operation> = Partial<OperationInput<O>>;

const CONNECT_TIMEOUT_MS = 5_000;

/** Errors of a request for which there was not even a connection, so that it cannot have reached the server. */
const NOT_CONNECTED: readonly unknown[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/** Carries out single exchanges with a store server. Retries are somebody else's. */
export class HttpTransport {
  readonly #options: HttpTransportOptions;
  readonly #calls: Pool;
  // A parked poll holds its connection, so the number of polls in flight is the number of connections; calls never queue behind them.
  readonly #polls: Pool;
  /** The run for which the store is served has a name here once it is known. */
  #headers: Readonly<Record<string, string>>;
  readonly #writer = new JsonWriter();

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    const { origin, authorization } = options.endpoint;
    const pool = { pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS } };
    this.#calls = new Pool(origin, { ...pool, connections: options.maxConnections });
    this.#polls = new Pool(origin, { ...pool, connections: null });
    this.#headers = authorization === undefined ? {} : { authorization };
  }

  /**
   * Sends one request and reads its reply.
   * @throws LightningError: `UNAVAILABLE` without a usable reply, otherwise what the server said, `ABORTED` by the signal
   */
  async exchange<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    { signal, waitMs = 0 }: ExchangeOptions = {},
  ): Promise<OperationReply<O>> {
    const { name, method, longPoll, body, query, path, reply } = operation;
    const call = `Call '${name}' of the store at ${this.#options.endpoint.origin}`;
    const pool = longPoll ? this.#polls : this.#calls;
    const timeout = this.#options.requestTimeoutMs + waitMs;
    const given = input as { params?: Record<string, string>; query?: unknown; body?: unknown };
    const written =
      body === undefined || given.body === undefined ? undefined : this.#writer.write(body.encode(given.body));
    const filled = fillPath(path, given.params);
    let status: number;
    let headers: Dispatcher.ResponseData['headers'];
    let answer: string;
    try {
      const response = await pool.request({
        method,
        path: filled,
        ...(query === undefined ? {} : { query: query.encode(given.query ?? {}) as Record<string, unknown> }),
        headers: written === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' },
        body: written?.content ?? null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: signal ?? null,
      });
      status = response.statusCode;
      headers = response.headers;
      answer = await response.body.text();
    } catch (error) {
      throw exchangeError(call, error, signal);
    }
    if (status !== operation.status) throw replyError(call, { status, headers, text: answer });
    // Whoever did what was asked has read all of it; nobody knows of others how much they have read.
    written?.release();
    this.#learnRun(headers[RUN_HEADER]);
    this.#options.onReply(headers);
    return parseReply(call, reply, answer) as OperationReply<O>;
  }

  #learnRun(runId: unknown): void {
    if (typeof runId === 'string' && this.#headers[RUN_HEADER] === undefined) {
      this.#headers = { ...this.#headers, [RUN_HEADER]: runId };
    }
  }

  /** Closes all connections; exchanges in flight fail. */
  async close(): Promise<void> {
    await Promise.all([this.#calls.destroy(), this.#polls.destroy()]);
  }
}

/** @throws LightningError `INVALID_ARGUMENT` for an id that no URL can carry: half of a surrogate pair */
function fillPath(path: string, params: Readonly<Record<string, string>> | undefined): string {
  if (params === undefined) return path;
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const id = params[name] ?? '';
    if (id.isWellFormed()) return encodeURIComponent(id);
    const message = `Cannot ask for '${name}' as it must be well-formed text: current value is ${JSON.stringify(id)}`;
    throw new LightningError('INVALID_ARGUMENT', message, { details: { path: name } });
  });
}

function exchangeError(call: string, error: unknown, signal: AbortSignal | undefined): LightningError {
  if (signal?.aborted) return new LightningError('ABORTED', `${call} was stopped`, { cause: error });
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const details = NOT_CONNECTED.includes(code) ? { connected: false } : {};
  return new LightningError('UNAVAILABLE', `${call} failed: ${reason}`, { cause: error, details });
}

/** Node hides the reason of a failed connection behind an AggregateError without a message. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;
}

function parseReply(call: string, codec: { parse(wire: unknown): unknown }, text: string): unknown {
  try {
    return codec.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      // A status says that trying again does not help: the same server would answer the same.
      throw new LightningError('UNAVAILABLE', `${call} failed: the reply is none of a LightningStore`, {
        cause: error,
        details: { status: 200 },
      });
    }
    throw error;
  }
}
