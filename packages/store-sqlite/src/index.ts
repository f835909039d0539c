export { storeOwner } from './database-file.ts';
export { SqliteLightningStore } from './sqlite-lightning-store.ts';
export type { RetentionOptions, SqliteLightningStoreOptions } from './sqlite-store-options.ts';
