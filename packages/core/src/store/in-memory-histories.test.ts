import { describeStoreHistories, historiesToPlay } from '../testing/store-histories.ts';
import { InMemoryLightningStore } from './in-memory-lightning-store.ts';

describeStoreHistories(
  'InMemoryLightningStore',
  { clock: 'virtual', open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }) },
  { histories: historiesToPlay(2_000) },
);
