import { closeFile, type DatabaseFile, openAsOwner, openAsReader } from './database-file.ts';
import { toOpeningError } from './sqlite-errors.ts';
import type { ResolvedOptions } from './sqlite-store-options.ts';
import { StoreEngine } from './store-engine.ts';

/**
 * The engine of a store, on its file.
 * @throws LightningError as `SqliteLightningStore.open()` says
 */
export function openEngine(options: ResolvedOptions): StoreEngine {
  return engineOn(options.readOnly ? openAsReader(options.path, options) : openAsOwner(options.path, options), options);
}

/** The engine of a store on a file that is open; it closes the file, also when it cannot be made. */
export function engineOn(file: DatabaseFile, options: ResolvedOptions): StoreEngine {
  try {
    return new StoreEngine(file, options);
  } catch (error) {
    closeFile(file);
    throw toOpeningError(error, file.path);
  }
}
