import { type ExecutionJob, InMemoryLightningStore, type LightningStore } from '@agentlightning/core';

/** The store that a run works with in this thread. */
export interface RunStore {
  readonly store: LightningStore;
  /** Closes the store, unless it is the caller's. */
  readonly close: () => Promise<void>;
}

/** The store of a job whose algorithm runs in this thread: the caller's, or one that is made for the run. */
export async function openStore(job: Pick<ExecutionJob, 'store' | 'storeOpener'>): Promise<RunStore> {
  if (job.store !== undefined) return { store: job.store, close: async () => {} };
  const store = (await job.storeOpener?.open()) ?? new InMemoryLightningStore();
  return { store, close: () => store.close() };
}
