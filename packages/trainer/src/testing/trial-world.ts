import { type Algorithm, type Clock, createRng, type Json, silentLogger, systemClock } from '@agentlightning/core';
import { LitAgentRunner, rollout } from '@agentlightning/runner';
import type { RunJournal } from '../context/run-journal.ts';
import { runAlgorithm } from '../run-algorithm.ts';
import type { RunMessage } from '../run-message.ts';
import type { AlgorithmTrial } from './algorithm-trial.ts';
import { type Death, Killed, MortalJournal } from './mortal-journal.ts';
import { ReplayGate, type ReplayOrder } from './replay-gate.ts';
import type { TrialBackend } from './trial-backend.ts';

/** Steps under way are not ended before their time. */
const NEVER = new AbortController().signal;

/** How a pass over a run goes. */
export interface PassOptions {
  /** Rollouts at once; default 3. */
  readonly slots?: number;
  readonly death?: Death;
  /** Stops the run when it has told this many messages: what is under way comes to its end, and nothing else begins. */
  readonly stopAfter?: number;
  /** Has records answer in this order, under another clock. */
  readonly replay?: { readonly order: ReplayOrder; readonly seed: string };
}

/** What a pass came to. */
export interface Pass {
  readonly ending: 'done' | 'killed' | 'stopped';
  /** The result, as far as it is to be compared; of a pass that is done. */
  readonly result: Json | undefined;
  /** Records that it kept. */
  readonly kept: number;
  /** Messages that it told. */
  readonly told: number;
}

/** The store and the records of one run, which outlive the processes that work on it. */
export class TrialWorld<TTask> implements AsyncDisposable {
  /** Every event of the run as JSON, by its key. */
  readonly events = new Map<string, string>();
  readonly #trial: AlgorithmTrial<TTask>;
  readonly #backend: TrialBackend;
  #records: RunJournal | undefined;

  constructor(trial: AlgorithmTrial<TTask>, backend: TrialBackend) {
    this.#trial = trial;
    this.#backend = backend;
  }

  /** The best candidate, as JSON. */
  get best(): string {
    return JSON.stringify(this.#records?.getBest() ?? null);
  }

  /** How many model calls of its steps were answered. */
  get bought(): number {
    const rows = [...(this.#records?.spendRows() ?? [])].map(([, row]) => row);
    return rows.filter((row) => row.type === 'call' && row.state === 'answered').length;
  }

  /** How many rollouts there are, and how many attempts were made at them. */
  async work(): Promise<{ readonly rollouts: number; readonly attempts: number }> {
    const { totalRollouts: rollouts, totalAttempts: attempts } = await this.#backend.store.statistics();
    return { rollouts, attempts };
  }

  /** Runs the algorithm from its start, in a process of its own as it were, with runners that live as long. */
  async pass(options: PassOptions = {}): Promise<Pass> {
    const { agent, initialResources } = this.#trial;
    const runner = new LitAgentRunner<TTask>({
      agent: rollout<TTask>(({ task, resources }) => agent(task, resources)),
      store: this.#backend.store,
      slots: options.slots ?? 3,
      tracer: null,
    });
    const drain = new AbortController();
    const serving = runner.iter({ drain: drain.signal });
    try {
      return await this.#run(options, this.#trial.create(), initialResources);
    } finally {
      drain.abort();
      await serving;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }

  async #run(
    { death, stopAfter = Infinity, replay }: PassOptions,
    algorithm: Algorithm<TTask, unknown>,
    initialResources: AlgorithmTrial<TTask>['initialResources'],
  ): Promise<Pass> {
    const { trainDataset = [], valDataset = [], adapter, seed = 0, comparable = (result) => result } = this.#trial;
    const stop = new AbortController();
    this.#records = await this.#backend.openJournal();
    const journal = new MortalJournal(this.#records, death, () => stop.abort(new Killed()));
    let told = 0;
    const post = (message: Json): void => {
      if (!this.#receive(message as unknown as RunMessage)) return;
      told += 1;
      if (told >= stopAfter) stop.abort(new Killed());
    };
    const outcome = { kept: 0, told: 0, result: undefined };
    try {
      const report = await runAlgorithm<TTask>(
        {
          runId: 'trial',
          seed,
          algorithm,
          trainDataset,
          valDataset,
          testDataset: undefined,
          initialResources,
          adapter,
          rolloutConfig: {},
          maxRollouts: undefined,
        },
        // Who is killed leaves steps unfinished; who is stopped does not.
        { store: this.#backend.store, signal: stop.signal, post, ...(death === undefined ? { hurry: NEVER } : {}) },
        { clock: clockOf(replay), logger: silentLogger, journal, ...gateOf(replay) },
      );
      return { ...outcome, ending: 'done', result: comparable(report.snapshot), kept: journal.kept, told };
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      return { ...outcome, ending: death === undefined ? 'stopped' : 'killed', kept: journal.kept, told };
    }
  }

  /** @returns whether it is news */
  #receive(message: RunMessage): boolean {
    const isReplay = 'isReplay' in message && message.isReplay === true;
    if (message.type !== 'algorithm-event') return !isReplay;
    const { key, event } = message;
    const text = JSON.stringify(event);
    const known = this.events.get(key);
    if (known !== undefined && !isReplay) throw new Error(`The event "${key}" was told twice`);
    if (known !== undefined && known !== text) throw new Error(`The event "${key}" is another one on replay: ${text}`);
    this.events.set(key, text);
    return known === undefined;
  }
}

function gateOf(replay: PassOptions['replay']): { readonly beforeReplay?: () => Promise<void> } {
  if (replay === undefined) return {};
  const rng = createRng(replay.seed);
  const gate = new ReplayGate(replay.order, () => rng.next());
  return { beforeReplay: () => gate.pass() };
}

/** A replay happens later: what reads the clock past the records comes to something else. */
function clockOf(replay: PassOptions['replay']): Clock {
  if (replay === undefined) return systemClock;
  return { now: () => systemClock.now() + 86_400, setTimer: (ms, callback) => systemClock.setTimer(ms, callback) };
}
