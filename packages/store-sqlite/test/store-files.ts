import { join } from 'node:path';
import { afterEach } from 'vitest';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import type { SqliteLightningStoreOptions } from '../src/sqlite-store-options.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from './temporary-directory.ts';

/** Opens stores in a directory that each test has for itself, and closes what the test left open. */
export class StoreFiles {
  #directory: TemporaryDirectory | undefined;
  #open: SqliteLightningStore[] = [];

  constructor() {
    afterEach(async () => {
      for (const store of this.#open.splice(0)) await store.close();
      this.#directory?.remove();
      this.#directory = undefined;
    });
  }

  /** A path in the directory of this test. */
  path(name = 'store.db'): string {
    this.#directory ??= makeTemporaryDirectory();
    return join(this.#directory.path, name);
  }

  /** Opens a store, `store.db` unless said otherwise. */
  async open(options: Partial<SqliteLightningStoreOptions> = {}): Promise<SqliteLightningStore> {
    const store = await SqliteLightningStore.open({ path: this.path(), ...options });
    this.#open.push(store);
    return store;
  }
}
