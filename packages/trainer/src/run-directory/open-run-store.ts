import type { LightningStore } from '@agentlightning/core';

/** The store's file in a run's directory. */
export const STORE_FILE = 'store.db';

/** Opens the store of a run, which was made with its directory, in whatever thread its algorithm runs. */
export async function openRunStore({ path }: { readonly path: string }): Promise<LightningStore> {
  // Here and not above: threads that run agents load this package too, and open no file.
  const { SqliteLightningStore } = await import('@agentlightning/store-sqlite');
  return SqliteLightningStore.open({ path, create: false });
}
