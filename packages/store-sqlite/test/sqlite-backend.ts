import { join } from 'node:path';
import type { StoreBackend } from '@agentlightning/core/testing';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import type { SqliteLightningStoreOptions } from '../src/sqlite-store-options.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** Stores in files of their own, which go with them. */
export function sqliteBackend(options: Omit<SqliteLightningStoreOptions, 'path' | 'clock'> = {}): StoreBackend {
  return {
    clock: 'virtual',
    open: async ({ clock }) => {
      const directory = makeTemporaryDirectory();
      const open = () => SqliteLightningStore.open({ ...options, path: join(directory.path, 'store.db'), clock });
      let store = await open();
      return {
        store,
        reopen: async () => {
          await store.close();
          store = await open();
          return store;
        },
        dispose: async () => directory.remove(),
      };
    },
  };
}
