import {
  type AlgorithmEnvironment,
  InMemoryLightningStore,
  type Json,
  LightningError,
  type ModuleSource,
} from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http';
import type { AlgorithmThreadRequest, StoreAddress, ThreadData } from './input.ts';
import type { ThreadOutput } from './output.ts';
import { serveThread, threadLogger } from './thread-side.ts';

/** What an algorithm's module exports for another thread, see `AlgorithmBundle.source()`. */
type AlgorithmMain = (data: unknown, environment: AlgorithmEnvironment) => Promise<Json>;

/** What the algorithm's thread does from its start until it is terminated. */
export function runAlgorithmThread(data: ThreadData): Promise<never> {
  const logger = threadLogger(data);
  const store = new InMemoryLightningStore();
  const abort = new AbortController();
  let server: LightningStoreServer | undefined;

  const open = async (host: string, port: number, token: string): Promise<StoreAddress> => {
    server = await LightningStoreServer.start(store, { host, port, token, logger });
    return { url: server.url, token };
  };

  const run = async (source: ModuleSource, input: unknown): Promise<Json> => {
    const main = await importMain(source);
    return main(input, {
      store,
      signal: abort.signal,
      post: (message) => data.port.postMessage({ type: 'post', message } satisfies ThreadOutput),
    });
  };

  const close = async (): Promise<void> => {
    await server?.close();
    await store.close();
  };

  return serveThread<AlgorithmThreadRequest>(data, {
    onDrain: () => {},
    onAbort: (reason) => abort.abort(reason),
    onRequest: async (request) => {
      switch (request.type) {
        case 'open':
          return open(request.host, request.port, request.token);
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

async function importMain({ moduleUrl, exportName }: ModuleSource): Promise<AlgorithmMain> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(moduleUrl)) as Record<string, unknown>;
  } catch (error) {
    throw new LightningError('SOURCE_NOT_LOADABLE', `The algorithm's module ${moduleUrl} cannot be imported`, {
      cause: error,
    });
  }
  const main = exports[exportName];
  if (typeof main === 'function') return main as AlgorithmMain;
  throw new LightningError(
    'SOURCE_NOT_LOADABLE',
    `The export '${exportName}' of ${moduleUrl} must be a function (data, environment) that runs the algorithm: it is ${typeof main}`,
  );
}
