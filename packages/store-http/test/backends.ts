import { InMemoryLightningStore } from '@agentlightning/core';
import type { StoreBackend } from '@agentlightning/core/testing';

/** Stores in memory. */
export const memory: StoreBackend = {
  clock: 'virtual',
  open: async ({ clock }) => ({ store: new InMemoryLightningStore({ clock }) }),
};
