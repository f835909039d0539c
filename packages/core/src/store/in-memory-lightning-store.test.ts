import { describeStoreConformance } from '../testing/store-conformance.ts';
import { InMemoryLightningStore } from './in-memory-lightning-store.ts';

describeStoreConformance('InMemoryLightningStore', {
  clock: 'virtual',
  open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }),
});
