import {
  type AlgorithmEnvironment,
  InMemoryLightningStore,
  type Json,
  LightningError,
  type LightningStore,
  type ModuleSource,
} from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http';
import type { AlgorithmThreadRequest, StoreAddress, StoreSource, ThreadData } from './input.ts';
import type { ThreadOutput } from './output.ts';
import { serveThread, threadLogger } from './thread-side.ts';
import { threadPort } from './worker-port.ts';

/** What an algorithm's module exports for another thread, see `AlgorithmBundle.source()`. */
type AlgorithmMain = (data: unknown, environment: AlgorithmEnvironment) => Promise<Json>;

type OpenRequest = AlgorithmThreadRequest & { readonly type: 'open' };

/** What the algorithm's thread does from its start until it is terminated. */
export function runAlgorithmThread(data: ThreadData): Promise<never> {
  const context = { ...data, port: threadPort(data.port) };
  const logger = threadLogger(context);
  const stop = new AbortController();
  const hurry = new AbortController();
  let store: LightningStore = new InMemoryLightningStore();
  let server: LightningStoreServer | undefined;

  const open = async ({ host, port, token, store: source }: OpenRequest): Promise<StoreAddress> => {
    if (source !== undefined) store = await makeStore(source);
    server = await LightningStoreServer.start(store, { host, port, token, logger });
    return { url: server.url, token };
  };

  const run = async (source: ModuleSource, input: unknown): Promise<Json> => {
    const main = await importFunction<AlgorithmMain>(source, 'runs the algorithm');
    return main(input, {
      store,
      signal: stop.signal,
      hurry: hurry.signal,
      logger,
      post: (message) => context.port.post({ type: 'post', message } satisfies ThreadOutput),
    });
  };

  const close = async (): Promise<void> => {
    await server?.close();
    await store.close();
  };

  return serveThread<AlgorithmThreadRequest>(context, {
    onDrain: (reason) => stop.abort(reason),
    onAbort: (reason) => hurry.abort(reason),
    onRequest: async (request) => {
      switch (request.type) {
        case 'open':
          return open(request);
        case 'run':
          return run(request.module, request.data);
        case 'close':
          return close();
        default:
          return request satisfies never;
      }
    },
  });
}

async function makeStore({ module, data }: StoreSource): Promise<LightningStore> {
  const make = await importFunction<(data: unknown) => Promise<LightningStore>>(module, 'makes the store');
  return make(data);
}

async function importFunction<F extends (...args: never[]) => unknown>(
  { moduleUrl, exportName }: ModuleSource,
  purpose: string,
): Promise<F> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(moduleUrl)) as Record<string, unknown>;
  } catch (error) {
    throw new LightningError('SOURCE_NOT_LOADABLE', `The module ${moduleUrl}, which ${purpose}, cannot be imported`, {
      cause: error,
    });
  }
  const main = exports[exportName];
  if (typeof main === 'function') return main as F;
  throw new LightningError(
    'SOURCE_NOT_LOADABLE',
    `The export '${exportName}' of ${moduleUrl} must be a function that ${purpose}: it is ${typeof main}`,
  );
}
