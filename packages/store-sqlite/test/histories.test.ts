import { join } from 'node:path';
import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

// Without waiting for the disk: what is compared is what happens, not whether it survives.
describeStoreHistories(
  'SqliteLightningStore',
  {
    clock: 'virtual',
    open: async ({ clock }) => {
      const directory = makeTemporaryDirectory();
      const path = join(directory.path, 'store.db');
      const store = await SqliteLightningStore.open({ path, clock, synchronous: 'normal' });
      return { store, dispose: async () => directory.remove() };
    },
  },
  { histories: historiesToPlay(400), perStore: 50 },
);
