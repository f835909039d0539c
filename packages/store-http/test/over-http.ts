import type { LightningStore } from '@agentlightning/core';
import { FaultyProxy, type FaultyProxyOptions, type StoreBackend } from '@agentlightning/core/testing';
import type { LightningStoreClientOptions } from '../src/client/client-options.ts';
import { LightningStoreClient } from '../src/client/lightning-store-client.ts';
import { LightningStoreServer } from '../src/server/lightning-store-server.ts';

/** What stands between client and server. */
export interface OverHttpOptions {
  /** A proxy with these faults; default: none, the client speaks to the server itself. */
  readonly faults?: Omit<FaultyProxyOptions, 'target'>;
  readonly client?: Partial<LightningStoreClientOptions>;
}

/** The stores of a backend, each behind a server of its own and used through a client. */
export function overHttp(behind: StoreBackend, { faults, client = {} }: OverHttpOptions = {}): StoreBackend {
  return {
    clock: behind.clock,
    everyClaimHasAnId: true,
    losesReplies: faults !== undefined,
    open: async (given) => {
      const opened = await behind.open(given);
      let store = opened.store;
      let connection = await connect(store, faults, client);
      const reopen = opened.reopen?.bind(opened);
      return {
        store: connection.client,
        ...(reopen === undefined
          ? {}
          : {
              reopen: async () => {
                await connection.close();
                store = await reopen();
                connection = await connect(store, faults, client);
                return connection.client;
              },
            }),
        dispose: async () => {
          await connection.close();
          await store.close();
          await opened.dispose?.();
        },
      };
    },
  };
}

async function connect(
  store: LightningStore,
  faults: OverHttpOptions['faults'],
  options: Partial<LightningStoreClientOptions>,
) {
  const server = await LightningStoreServer.start(store);
  const proxy = faults === undefined ? undefined : await FaultyProxy.start({ target: server.url, ...faults });
  const client = new LightningStoreClient({ url: proxy?.url ?? server.url, token: server.token, ...options });
  return {
    client,
    close: async () => {
      await client.close();
      await proxy?.close();
      await server.close();
    },
  };
}
