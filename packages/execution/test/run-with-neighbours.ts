import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Attempt, InMemoryLightningStore, type Logger, silentLogger } from '@agentlightning/core';
import { type ClientServerExecutionOptions, ClientServerExecutionStrategy } from '@agentlightning/execution';
import { expect } from 'vitest';
import type { Misbehaviour } from './fixtures/misbehaving-agents.ts';
import { fixtureAgent, testJob } from './test-job.ts';

/** How long the agents that block or hang may take, in seconds: the least. On a slow machine it is longer, or their time would be up before they begin. */
const TIMEOUT_SECONDS = 1;
const ABORT_MS = 250;

/** A run whose queue the tests fill. Two neighbours are at work from its beginning to its end. */
export class RunWithNeighbours {
  readonly store = new InMemoryLightningStore();
  readonly errors: string[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'agl-isolation-'));
  readonly #caller = new AbortController();
  readonly #gate = join(this.directory, 'gate');
  /** When runners died, on `Date.now()`, and whose fault it was if that is known. */
  readonly #deaths: { readonly at: number; readonly rolloutId: string | undefined }[] = [];
  readonly #execution: Promise<unknown>;
  neighbours: readonly string[] = [];
  /** How long the machine takes just now to start runners that load the agent, in milliseconds. */
  #startMs = 0;

  constructor(options: ClientServerExecutionOptions) {
    const logger: Logger = {
      ...silentLogger,
      warn: (fields: { readonly rolloutId?: string }, message = '') => {
        if (/died|is replaced/.test(message)) this.#deaths.push({ at: Date.now(), rolloutId: fields.rolloutId });
      },
      error: (_fields, message = '') => this.errors.push(message),
    };
    const strategy = new ClientServerExecutionStrategy({ drainMs: 0, abortMs: ABORT_MS, heapMb: 48, ...options });
    const job = testJob({
      agent: fixtureAgent('misbehaving', 'misbehaving-agents.ts'),
      algorithm: 'untilStopped',
      nRunners: 3,
      store: this.store,
      signal: this.#caller.signal,
    });
    this.#execution = strategy.execute({ ...job, logger });
    // Whoever stops it sees the error.
    this.#execution.catch(() => {});
  }

  async start(): Promise<void> {
    const begin = performance.now();
    const task: Misbehaviour = { what: 'neighbour', file: this.#gate };
    const rollouts = await this.store.enqueueManyRollouts([{ input: task }, { input: task }]);
    this.neighbours = rollouts.map(({ rolloutId }) => rolloutId);
    for (const rolloutId of this.neighbours) await this.#until(() => this.store.getLatestAttempt(rolloutId));
    this.#startMs = performance.now() - begin;
  }

  /** Has a task misbehave that may be tried once, and answers its attempts when it has ended and its slot is free again. */
  async misbehave(
    what: Misbehaviour['what'],
    { isReplaced = true, timeoutSeconds = Math.max(TIMEOUT_SECONDS, this.#startMs / 4000) } = {},
  ): Promise<readonly Attempt[]> {
    const [deaths, workers] = [this.#deaths.length, await this.#workers()];
    const file = join(this.directory, 'child');
    const { rolloutId } = await this.store.enqueueRollout({
      // Well past its time, long enough to be noticed on a busy machine.
      input: { what, file, seconds: Math.ceil(2 * timeoutSeconds + 3) },
      config: { timeoutSeconds },
    });
    await this.store.waitForRollouts({ rolloutIds: [rolloutId] });
    const { items } = await this.store.queryAttempts(rolloutId);
    if (!isReplaced) return items;
    // Whoever replaces it is heard of as soon as it serves.
    const died = await this.#until(async () =>
      this.#deaths.slice(deaths).findLast((death) => [rolloutId, undefined].includes(death.rolloutId)),
    );
    await this.#until(async () => (await this.#workers()) > workers || undefined);
    const replacedInMs = Date.now() - died.at;
    // Two seconds, or what a busy machine makes of them: a start of threads took so long there.
    expect(replacedInMs, 'from the death to the first sign of the replacement').toBeLessThan(
      Math.max(2000, 4 * this.#startMs),
    );
    expect(died.at / 1000 - items.at(-1)!.startTime, 'from the start to the death, in s').toBeLessThan(
      timeoutSeconds + 5,
    );
    return (await this.store.queryAttempts(rolloutId)).items;
  }

  /** Lets the neighbours come to their end, and answers them with all their attempts. */
  async endOfNeighbours(): Promise<readonly { readonly status: string; readonly attempts: readonly Attempt[] }[]> {
    writeFileSync(this.#gate, '');
    const rollouts = await this.store.waitForRollouts({ rolloutIds: this.neighbours });
    return Promise.all(
      rollouts.map(async ({ rolloutId, status }) => ({
        status,
        attempts: (await this.store.queryAttempts(rolloutId)).items,
      })),
    );
  }

  async stop(): Promise<void> {
    this.#caller.abort();
    await this.#execution.catch(() => {});
    await this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #workers(): Promise<number> {
    return (await this.store.queryWorkers()).total;
  }

  async #until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const found = await Promise.race([look(), this.#failed()]);
      if (found !== undefined) return found;
      await setTimeout(5);
    }
  }

  /** Rejects when the run has ended although nobody stopped it; resolves at once with nothing otherwise. */
  async #failed(): Promise<undefined> {
    await Promise.race([this.#execution, setTimeout(0)]);
    return undefined;
  }
}
