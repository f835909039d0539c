import { Readable } from 'node:stream';
import { InMemoryLightningStore, type LightningStore, type Logger } from '@agentlightning/core';
import { request } from 'undici';
import { onTestFinished } from 'vitest';
import type { LightningStoreClientOptions } from '../src/client/client-options.ts';
import { LightningStoreClient } from '../src/client/lightning-store-client.ts';
import { LightningStoreServer } from '../src/server/lightning-store-server.ts';
import type { LightningStoreServerOptions } from '../src/server/server-options.ts';

/** A reply as a test looks at it. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed if it is JSON. */
  readonly body: unknown;
}

/** A server on a free port that is closed when the test ends, and how to talk to it. */
export interface RunningServer {
  readonly store: LightningStore;
  readonly server: LightningStoreServer;
  /** A new client that is closed when the test ends. */
  readonly connect: (options?: Partial<LightningStoreClientOptions>) => LightningStoreClient;
  /** Sends a request with the server's token; a body that is no text is sent as JSON. */
  readonly send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<RawReply>;
}

/** Starts a server around an in-memory store. */
export async function startServer(
  options: LightningStoreServerOptions & { readonly store?: LightningStore } = {},
): Promise<RunningServer> {
  const { store = new InMemoryLightningStore(), ...serverOptions } = options;
  const server = await LightningStoreServer.start(store, serverOptions);
  onTestFinished(async () => {
    await server.close();
    await store.close();
  });
  return {
    store,
    server,
    connect: (clientOptions = {}) => connect({ url: server.url, token: server.token, ...clientOptions }),
    send: (method, path, body, headers = {}) =>
      send(`${server.url}${path}`, method, body, {
        ...(server.token === null ? {} : { authorization: `Bearer ${server.token}` }),
        ...headers,
      }),
  };
}

/** A client that is closed when the test ends. */
export function connect(options: LightningStoreClientOptions): LightningStoreClient {
  const client = new LightningStoreClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** Sends one request; a body that is neither text, bytes nor a stream is sent as JSON. */
export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RawReply> {
  const isRaw =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable;
  const response = await request(url, {
    method: method as 'GET',
    headers: { ...(isRaw ? {} : { 'content-type': 'application/json' }), ...headers },
    body: isRaw ? ((body as string | undefined) ?? null) : JSON.stringify(body),
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Keeps what is logged, as text. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const asText = (_key: string, value: unknown): unknown => (value instanceof Error ? String(value.stack) : value);
  const write = (fields: object, message = ''): void => {
    lines.push(`${message} ${JSON.stringify(fields, asText)}`);
  };
  return { lines, debug: write, info: write, warn: write, error: write };
}
