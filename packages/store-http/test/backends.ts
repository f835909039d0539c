import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemoryLightningStore } from '@agentlightning/core';
import type { StoreBackend } from '@agentlightning/core/testing';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';

/** Stores in memory. */
export const memory: StoreBackend = {
  clock: 'virtual',
  open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }),
};

/** Stores in files, which go with them. They do not wait for the disk: what is looked at is what happens, not whether it survives. */
export const sqlite: StoreBackend = {
  clock: 'virtual',
  open: async ({ clock }) => {
    const directory = mkdtempSync(join(tmpdir(), 'agl-store-http-'));
    const open = () => SqliteLightningStore.open({ path: join(directory, 'store.db'), clock, synchronous: 'normal' });
    let store = await open();
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await open();
        return store;
      },
      dispose: async () => {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },
};
