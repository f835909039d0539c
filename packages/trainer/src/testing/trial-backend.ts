import { InMemoryLightningStore, type LightningStore } from '@agentlightning/core';
import { InMemoryRunJournal, type RunJournal } from '../context/run-journal.ts';

/** What of a run outlives its processes. */
export interface TrialBackend extends AsyncDisposable {
  readonly store: LightningStore;
  /** The records as a process that has just started finds them. */
  openJournal(): Promise<RunJournal>;
}

/** Store and records in memory, which outlive processes that are killed for show only. */
export async function memoryBackend(): Promise<TrialBackend> {
  const store = new InMemoryLightningStore();
  const journal = new InMemoryRunJournal();
  return {
    store,
    openJournal: async () => journal,
    [Symbol.asyncDispose]: () => store.close(),
  };
}
