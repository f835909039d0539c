import {
  isLightningError,
  type LightningStore,
  type NamedResourcesWire,
  parseNamedResources,
} from '@agentlightning/core';
import type { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { refreshSnapshots } from './refresh-snapshots.ts';
import { reviveInterrupted } from './revive-interrupted.ts';

/** The store's file in a run's directory. */
export const STORE_FILE = 'store.db';

/** Which store, and for whom. Must survive `structuredClone`. */
export interface RunStoreData {
  readonly path: string;
  /** Of a run that goes on. */
  readonly resumed?: ResumedRun;
}

/** What decides how a run goes on. Must survive `structuredClone`. */
interface ResumedRun {
  readonly runId: string;
  /** What its snapshots have to follow, see {@link refreshSnapshots}. */
  readonly initialResources: NamedResourcesWire;
  /** See {@link reviveInterrupted}. */
  readonly maxAttempts: number;
}

/** Opens the store of a run, which was made with its directory, in whatever thread its algorithm runs. Nobody has claimed anything by then. */
export async function openRunStore({ path, resumed }: RunStoreData): Promise<LightningStore> {
  // Here and not above: threads that run agents load this package too, and open no file.
  const { SqliteLightningStore: Store } = await import('@agentlightning/store-sqlite');
  const store = await Store.open({ path, create: false });
  if (resumed !== undefined) {
    try {
      await takeUp(store, resumed);
    } catch (error) {
      await store.close();
      throw error;
    }
  }
  return store;
}

async function takeUp(
  store: SqliteLightningStore,
  { runId, initialResources, maxAttempts }: ResumedRun,
): Promise<void> {
  const verdicts = async (): Promise<string[]> =>
    (await store.runRecords.load(runId, 'verdict')).map(({ value }) => value);
  await reviveInterrupted(store, { runId, verdicts, maxAttempts });
  await refreshSnapshots(store, runId, parseNamedResources(initialResources));
}

/**
 * Has a reader look at the store of a run that is open in another thread. If that thread is ended, Node closes its files for it, and the last to close a store carries its
 * log over into the file and removes it; the store would then look as if it had lost its log. Beside a reader it is not the last, and a reader leaves the log
 * where it is.
 *
 * @returns to be called once that thread is gone: lets go of the store, and carries its log over, so that the run is in one file again
 */
export async function holdRunStore({ path }: Pick<RunStoreData, 'path'>): Promise<() => Promise<void>> {
  const { SqliteLightningStore } = await import('@agentlightning/store-sqlite');
  const reader = await SqliteLightningStore.open({ path, readOnly: true });
  return async () => {
    await reader.close();
    try {
      const owner = await SqliteLightningStore.open({ path, create: false });
      await owner.close();
    } catch (error) {
      // Somebody else goes on with the run already, or the disk is full: the log is as good as the file.
      if (!isLightningError(error, 'STORE_IN_USE') && !isLightningError(error, 'UNAVAILABLE')) throw error;
    }
  };
}
