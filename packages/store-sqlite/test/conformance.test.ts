import { join } from 'node:path';
import { describeStoreConformance } from '@agentlightning/core/testing';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

describeStoreConformance('SqliteLightningStore', {
  clock: 'virtual',
  open: async ({ clock }) => {
    const directory = makeTemporaryDirectory();
    const store = await SqliteLightningStore.open({ path: join(directory.path, 'store.db'), clock });
    return { store, dispose: async () => directory.remove() };
  },
});
