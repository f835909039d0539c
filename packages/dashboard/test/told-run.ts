import { InMemoryLightningStore } from '@agentlightning/core';
import type { JournalEntry, RunDetails } from '@agentlightning/core/run';
import { type Dashboard, LightningStoreServer } from '@agentlightning/store-http/server';
import { onTestFinished } from 'vitest';
import { dashboardFiles } from '../src/index.ts';
import { TOKEN } from './page-processes.ts';

/** A run that consists of the events that a test tells. */
export class ToldRun {
  readonly #told: JournalEntry[] = [];
  #wake = Promise.withResolvers<void>();

  /** Whoever watches is told at once. */
  tell(...entries: readonly JournalEntry[]): void {
    this.#told.push(...entries);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Serves its page until the test ends. @returns the URL */
  async serve(details: Partial<RunDetails> = {}): Promise<string> {
    return await serve({
      files: await dashboardFiles(),
      run: {
        details: async () => ({ ...DETAILS, ...details }),
        bestPrompt: async () => undefined,
        events: ({ after, signal }) => this.#events(after, signal),
      },
    });
  }

  async *#events(after: string | undefined, signal: AbortSignal) {
    const ended = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    let next = after === undefined ? 0 : Number(after) + 1;
    let isCaughtUp = false;
    while (!signal.aborted) {
      const { promise } = this.#wake;
      for (; next < this.#told.length; next += PIECE) {
        const piece = this.#told.slice(next, next + PIECE);
        yield piece.map((entry, index) => ({
          type: 'event' as const,
          id: String(next + index),
          data: JSON.stringify(entry),
        }));
      }
      next = this.#told.length;
      if (!isCaughtUp) yield [{ type: 'caught-up' as const }];
      isCaughtUp = true;
      await Promise.race([promise, ended.promise]);
    }
  }
}

/** Serves the page of a store without a run until the test ends. @returns the URL */
export async function serveNoRun(): Promise<string> {
  return await serve({ files: await dashboardFiles() });
}

async function serve(dashboard: Dashboard): Promise<string> {
  const store = new InMemoryLightningStore();
  const server = await LightningStoreServer.start(store, { token: TOKEN, dashboard });
  onTestFinished(async () => {
    await server.close();
    await store.close();
  });
  return server.url;
}

/** As many events as are sent at once. */
const PIECE = 500;

const DETAILS: RunDetails = {
  runId: 'run-told',
  directory: '/runs/run-told',
  status: 'running',
  pid: 1,
  algorithm: 'APO',
  label: null,
  algorithmOptions: { beamWidth: 4 },
  datasets: { train: 160, val: 80, test: 80 },
  datasetHashes: { train: null, val: null, test: null },
  initialResources: {},
  rolloutConfig: { maxAttempts: 3 },
  seed: 0,
  version: '0.1.0',
  startTime: 1_790_000_000,
  command: { script: 'train.ts', arguments: [], directory: '/', nodeVersion: '24.0.0' },
  forced: [],
  bestScore: null,
  bestVersion: null,
  rollouts: null,
  spend: null,
  budget: null,
  stopReason: null,
  result: null,
};
