import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightningStore } from '@agentlightning/core';
import { LightningStoreServer, type LightningStoreServerOptions } from '@agentlightning/store-http';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { dashboardFiles } from '../src/files/dashboard-files.ts';

/** A store in a file, and a server that serves it with the page. */
export interface ServedStore {
  readonly store: LightningStore;
  readonly server: LightningStoreServer;
  /** Ends the server, and starts another in its place: same port, same token. */
  readonly restart: (between?: () => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Serves a new store in a file, with the page. */
export async function serveStore(options: LightningStoreServerOptions = {}): Promise<ServedStore> {
  const directory = mkdtempSync(join(tmpdir(), 'agl-page-'));
  const store = await SqliteLightningStore.open({ path: join(directory, 'store.db'), synchronous: 'normal' });
  const dashboard = { files: await dashboardFiles() } as NonNullable<LightningStoreServerOptions['dashboard']>;
  let server = await LightningStoreServer.start(store, { dashboard, ...options });
  return {
    store,
    get server() {
      return server;
    },
    restart: async (between = async () => {}) => {
      const { port, token } = server;
      await server.close();
      await between();
      server = await LightningStoreServer.start(store, {
        dashboard,
        ...options,
        port,
        ...(token === null ? {} : { token }),
      });
    },
    close: async () => {
      await server.close();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
