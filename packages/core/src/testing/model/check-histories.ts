import fc from 'fast-check';
import type { LightningStore } from '../../store/lightning-store.ts';
import type { StoreBackend } from '../conformance/store-under-test.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { anyHistory, type HistoryCommand } from './history-command.ts';
import { HistoryRun, type HistorySubject } from './history-run.ts';

/** How many histories, and which. */
export interface HistoriesOptions {
  /** How many. */
  readonly histories: number;
  /** The same seed gives the same histories. */
  readonly seed: number;
  /** How many happen to one store, one after the other, before another is opened; default 1. */
  readonly perStore?: number;
  /** The longest history, default 60 commands. */
  readonly maxCommands?: number;
  /** Looks for the shortest history that fails; default `true`. Without, the first one is told as it is. */
  readonly shrink?: boolean;
}

/**
 * Lets random histories happen to stores of a backend and to the reference model.
 * @throws Error with the shortest history found in which the two differ, as JSON that can be kept, and the seed
 */
export async function checkHistories(backend: StoreBackend, options: HistoriesOptions): Promise<void> {
  const { histories, seed, perStore = 1, maxCommands, shrink = true } = options;
  const stores = new HistoryStores(backend, perStore);
  const property = fc.asyncProperty(anyHistory(maxCommands), (commands) => stores.play(commands));
  try {
    const result = await fc.check(property, { numRuns: histories, seed, endOnFailure: !shrink });
    if (!result.failed) return;
    const [commands] = result.counterexample ?? [];
    const found = `After ${result.numRuns} histories of seed ${seed} (path ${result.counterexamplePath})`;
    throw new Error(`${found}: ${String(result.errorInstance)}\n${JSON.stringify(commands)}`, {
      cause: result.errorInstance,
    });
  } finally {
    await stores.close();
  }
}

/** Lets one history happen to a store of its own. */
export async function checkHistory(backend: StoreBackend, commands: readonly HistoryCommand[]): Promise<void> {
  const stores = new HistoryStores(backend, 1);
  try {
    await stores.play(commands);
  } finally {
    await stores.close();
  }
}

/** Opens a store for every so many histories, and another one after a failure: what is left of it says nothing. */
class HistoryStores {
  readonly #backend: StoreBackend;
  readonly #perStore: number;
  #current: (HistorySubject & { readonly close: () => Promise<void> }) | undefined;
  #used = 0;

  constructor(backend: StoreBackend, perStore: number) {
    this.#backend = backend;
    this.#perStore = perStore;
  }

  async play(commands: readonly HistoryCommand[]): Promise<void> {
    if (this.#used === this.#perStore) await this.close();
    this.#current ??= await openSubject(this.#backend);
    this.#used += 1;
    try {
      await HistoryRun.play(this.#current, `h${this.#used}`, commands);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
    this.#used = 0;
  }
}

async function openSubject(backend: StoreBackend): Promise<HistorySubject & { readonly close: () => Promise<void> }> {
  const clock = new VirtualClock();
  const opened = await backend.open({ clock });
  let store: LightningStore = opened.store;
  const reopen = opened.reopen?.bind(opened);
  return {
    clock,
    everyClaimHasAnId: backend.everyClaimHasAnId ?? false,
    losesReplies: backend.losesReplies ?? false,
    get store() {
      return store;
    },
    ...(reopen === undefined
      ? {}
      : {
          restart: async () => {
            store = await reopen();
          },
        }),
    close: async () => {
      await store.close();
      await opened.dispose?.();
    },
  };
}
