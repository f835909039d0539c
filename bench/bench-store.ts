import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InMemoryLightningStore, type LightningStore } from '@agentlightning/core';
import { SqliteLightningStore, type SqliteLightningStoreOptions } from '@agentlightning/store-sqlite';

/** A store to be measured. */
export interface BenchStore {
  readonly store: LightningStore;
  /** Closes the store and leaves nothing of it behind. */
  readonly close: () => Promise<void>;
}

/** Where files of benchmarks go: on a disk. The system's directory for temporary files may be memory, where nothing has to be written out. */
export const STORE_DIRECTORY = join(import.meta.dirname, 'results');

/** A new store of a kind: `memory`, or `sqlite` with its defaults, in a file of its own. */
export async function openBenchStore(
  kind: string,
  options: Omit<SqliteLightningStoreOptions, 'path'> = {},
): Promise<BenchStore> {
  if (kind === 'memory') {
    const store = new InMemoryLightningStore();
    return { store, close: () => store.close() };
  }
  mkdirSync(STORE_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(join(STORE_DIRECTORY, 'store-'));
  const store = await SqliteLightningStore.open({ path: join(directory, 'store.db'), ...options });
  return {
    store,
    async close() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
