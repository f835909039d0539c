import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionJob, ExecutionOutcome, ExecutionStrategy } from '@agentlightning/core';
import { type Evidence, type LedgerEntry, type Life, type StoreSighting, workOf } from '@agentlightning/core/testing';
import {
  algorithm,
  type LightningStore,
  PromptTemplate,
  rollout,
  SharedMemoryExecutionStrategy,
  Trainer,
} from 'agentlightning';
import { lookAtCopy, type StoreCopy } from './store-copy.ts';

/** A run whose parts are broken on purpose, by wrapping them. */
export interface Mutant {
  /** Methods of the store that are replaced, for everybody. Called once for each process that opens the store. */
  readonly store?: (store: LightningStore, scene: MutantScene) => Partial<LightningStore>;
  /** Done instead of nothing when the run has told of a better prompt: somebody else writes `best_prompt.json`. */
  readonly writeBest?: (path: string, text: string, read: () => void) => void;
  /** The first process is stopped while agents are at work, and does not wait for them. Default: between two evaluations. */
  readonly stopsMidway?: true;
  /** The first attempt at one of the tasks takes too long. */
  readonly hasZombie?: true;
  /** It is never over. Nothing is waited for then; a healthy run has the time that a busy machine takes. */
  readonly isEndless?: true;
}

/** What a mutant may know of the run. */
export interface MutantScene {
  /** The process, counted from 0. Whoever looks at the store afterwards is none. */
  readonly life: number | undefined;
}

/** Everything is over after so many milliseconds, or never: then it is waited for no longer than it has to be. */
const BOUND_MS = 30_000;
const ENDLESS_MS = 3_000;
const TASKS = [1, 2, 3, 4];
const ROUNDS = 3;
/** In which round the first process ends. */
const STOPPED_IN = 1;

/**
 * A small search of two processes, as it were: the first one is stopped and the second one goes on. Algorithm, agents, store and models are in this
 * process, so that each of them can be broken.
 *
 * @returns what is known of it from outside, without the comparison with an undisturbed run
 */
export async function rehearse(mutant: Mutant = {}): Promise<Evidence> {
  const rehearsal = new Rehearsal(mutant);
  try {
    return await rehearsal.run();
  } finally {
    rehearsal.remove();
  }
}

/** What a run came to that nothing happens to, from its evidence. */
export function undisturbedBy({ result, sightings, lives = [] }: Evidence): NonNullable<Evidence['undisturbed']> {
  const modelCalls = lives.reduce((sum, life) => sum + life.modelCalls, 0);
  return { result, work: workOf(sightings.at(-1)!), modelCalls };
}

interface SearchResult {
  readonly history: { readonly round: number; readonly score: number; readonly note: string }[];
}

class Rehearsal {
  readonly #mutant: Mutant;
  readonly #folder = mkdtempSync(join(tmpdir(), 'agl-rehearsal-'));
  readonly #directory = join(this.#folder, 'run');
  readonly #ledger: LedgerEntry[] = [];
  readonly #sightings: StoreSighting[] = [];
  readonly #lives: Life[] = [];
  readonly #bestPrompts: string[] = [];
  #modelCalls = 0;
  #recordedCalls = 0;
  #life = 0;
  #stop = new AbortController();
  #last: StoreCopy | undefined;

  constructor(mutant: Mutant) {
    this.#mutant = mutant;
  }

  async run(): Promise<Evidence> {
    await this.#live();
    this.#life += 1;
    const start = performance.now();
    const result = await this.#live();
    const history = result?.history ?? [];
    return {
      ledger: this.#ledger,
      sightings: this.#sightings,
      bestPrompts: this.#bestPrompts,
      verdicts: this.#last?.verdicts ?? [],
      scores: history.map(({ round, score }) => ({ what: `round ${round}`, evaluation: `r${round}/score`, score })),
      lives: this.#lives,
      result,
      settled: { ms: performance.now() - start, boundMs: this.#boundMs },
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  get #boundMs(): number {
    return this.#mutant.isEndless ? ENDLESS_MS : BOUND_MS;
  }

  /** One process, from its start to its end. @returns the result, `undefined` if it was stopped */
  async #live(): Promise<SearchResult | undefined> {
    this.#stop = new AbortController();
    const late = AbortSignal.timeout(this.#boundMs);
    const callsBefore = this.#modelCalls;
    const trainer = new Trainer({
      algorithm: this.#search(),
      nRunners: 2,
      strategy: this.#strategy(),
      handleSignals: false,
      rollout: {
        // Longer than a busy machine keeps the others from their end.
        timeoutSeconds: this.#mutant.hasZombie ? 1 : null,
        unresponsiveSeconds: null,
        maxAttempts: 5,
        retryOn: ['timeout'],
      },
      initialResources: { prompt: new PromptTemplate({ template: 'at first' }) },
    });
    const stream = trainer.stream(this.#agent(), TASKS, {
      runDirectory: this.#directory,
      resume: this.#life > 0,
      signal: AbortSignal.any([this.#stop.signal, late]),
    });
    for await (const event of stream) if (event.type === 'best') this.#onBest();
    const { result, runId, stopReason } = await stream.result;
    this.#readBest();
    const path = join(this.#directory, 'store.db');
    this.#last = await lookAtCopy(path, runId, {
      seenThrough: (store) => this.#mutated(store, undefined),
    });
    this.#sightings.push(this.#last!.sighting);
    const { recordedCalls } = this.#last!;
    this.#lives.push({
      modelCalls: this.#modelCalls - callsBefore,
      recordedCalls: recordedCalls - this.#recordedCalls,
    });
    this.#recordedCalls = recordedCalls;
    return stopReason === 'completed' ? result : undefined;
  }

  /** Each round asks a model for a better prompt, scores it, and has something noted that nothing depends on. */
  #search() {
    return algorithm<number, SearchResult>(
      async (context) => {
        const history: SearchResult['history'] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const scope = context.scope(`r${round}`);
          const template = await scope.step('edit', { round }, ({ llm }) => llm(async () => this.#askModel(round)));
          if (round === STOPPED_IN && this.#life === 0 && !this.#mutant.stopsMidway) this.#stop.abort();
          const prompt = new PromptTemplate({ template });
          const outcomes = await scope
            .evaluate('score', { candidates: [{ prompt }], tasks: TASKS, mode: 'val' })
            .outcomes();
          const score = outcomes.reduce((sum, { reward }) => sum + (reward ?? 0), 0) / outcomes.length;
          context.offerBest({ score, rank: round, version: `v${round}`, candidate: { prompt } });
          const note = await scope.step('note', null, async () => `noted in round ${round}`);
          history.push({ round, score, note });
        }
        return { history };
      },
      { name: 'search' },
    );
  }

  #askModel(round: number): string {
    this.#modelCalls += 1;
    return `better by ${round}`;
  }

  #agent() {
    const begunAt = new Map<string, number>();
    return rollout<number>(async ({ task, resources, rollout: { rolloutId, attempt }, signal }) => {
      const { attemptId } = attempt;
      const { template } = resources['prompt'] as PromptTemplate;
      const round = Number(template.at(-1));
      const times = (begunAt.get(rolloutId) ?? 0) + 1;
      begunAt.set(rolloutId, times);
      this.#ledger.push({ what: 'begun', rolloutId, attemptId, prompt: template });
      const isStopped = this.#mutant.stopsMidway === true && this.#life === 0 && round === STOPPED_IN;
      if (isStopped) setImmediate(() => this.#stop.abort());
      if (isStopped || (this.#mutant.hasZombie && times === 1 && task === 2)) await untilAborted(signal);
      const reward = (task + round) / 8;
      this.#ledger.push({ what: 'ended', rolloutId, attemptId, reward });
      return reward;
    });
  }

  #strategy(): ExecutionStrategy {
    const inner = new SharedMemoryExecutionStrategy({ drainMs: this.#mutant.stopsMidway ? 0 : 500, abortMs: 200 });
    const execute = (job: ExecutionJob): Promise<ExecutionOutcome> => {
      const opener = job.storeOpener!;
      const open = async (): Promise<LightningStore> => this.#mutated(await opener.open(), this.#life);
      return inner.execute({ ...job, storeOpener: { ...opener, open } });
    };
    return { name: 'mutated', execute };
  }

  #mutated(store: LightningStore, life: number | undefined): LightningStore {
    const overrides = this.#mutant.store?.(store, { life }) ?? {};
    return new Proxy(store, {
      get(target, name) {
        if (Object.hasOwn(overrides, name)) return overrides[name as keyof LightningStore];
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  #onBest(): void {
    const text = this.#readBest();
    if (text === undefined) return;
    const path = join(this.#directory, 'best_prompt.json');
    this.#mutant.writeBest?.(path, text, () => this.#readBest());
  }

  /** Somebody reads the best prompt. */
  #readBest(): string | undefined {
    try {
      const text = readFileSync(join(this.#directory, 'best_prompt.json'), 'utf8');
      this.#bestPrompts.push(text);
      return text;
    } catch {
      return undefined;
    }
  }
}

/** Rejects when the signal is aborted, as an agent does that obeys. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Writes half of a text, and the rest later, in place. */
export function writeTorn(path: string, text: string, read: () => void): void {
  writeFileSync(path, text.slice(0, text.length / 2));
  read();
  writeFileSync(path, text);
}
