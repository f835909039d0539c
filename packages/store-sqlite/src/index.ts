export { storeOwner } from './database-file.ts';
export { SqliteLightningStore } from './sqlite-lightning-store.ts';
export type { RetentionOptions, SqliteLightningStoreOptions } from './sqlite-store-options.ts';
export { checkStore, isUnusedStore, makeStore } from './store-files.ts';
