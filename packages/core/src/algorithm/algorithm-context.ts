import type { Logger } from '../logging/logger.ts';
import type { HeaderReader } from '../model-endpoint/retry-after.ts';
import type { NamedResources, Resource } from '../resource/resource.ts';
import type { RolloutMode } from '../rollout/rollout.ts';
import type { TraceAdapter } from '../span/adapter.ts';
import type { Span } from '../span/span.ts';
import type { LightningStore } from '../store/lightning-store.ts';
import type { AlgorithmEvent } from './algorithm-event.ts';
import type { Dataset } from './dataset.ts';
import type { Json, Jsonable } from './json.ts';
import type { ModelCallRequest } from './model-call.ts';

/** The resources that a search varies, by name. One entry for APO, several for algorithms that tune several prompts. */
export type Candidate = Readonly<Record<string, Resource>>;

/** How an evaluated task ended. */
export type TaskStatus =
  /** The agent returned. */
  | 'succeeded'
  /** The agent threw, or ended its runner, and no attempts are left. */
  | 'failed'
  /** Its last attempt took longer than it may, and no attempts are left. */
  | 'timeout'
  /** In its last attempt the runner fell silent or was gone, or its model could not be used, and no attempts are left. Says nothing about the candidate. */
  | 'lost'
  /** Somebody cancelled the rollout. */
  | 'cancelled'
  /** The deadline of the evaluation passed, or it was stopped, before the rollout ended. Says nothing about the candidate. */
  | 'unfinished';

/** Model calls seen in the spans of one attempt, or summed over several. */
export interface Usage {
  readonly modelCalls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** What one candidate did on one task. Plain data, frozen once it is handed out, except for {@link trace}. */
export interface TaskOutcome<T> {
  /** Position of the task in the request. */
  readonly index: number;
  /** Position of the candidate in the request. */
  readonly candidateIndex: number;
  readonly task: T;
  readonly rolloutId: string;
  /** The attempt that counts: the winner, or the last one. `null` if none was started. */
  readonly attemptId: string | null;
  readonly status: TaskStatus;
  /** The last primary reward of that attempt; `null` when it gave none. Always finite. */
  readonly reward: number | null;
  /** All reward dimensions of the last reward, by name; empty when there is none. */
  readonly objectives: Readonly<Record<string, number>>;
  /** What the agent or its grader said about the result, or `null`. */
  readonly feedback: string | null;
  /** Why it failed, for `failed` and `timeout`: `RangeError: …`. */
  readonly error: string | null;
  readonly usage: Usage;
  /** From the claim of that attempt to its end, in seconds; `null` if it did not end. */
  readonly latencySeconds: number | null;
  /** The spans of the attempt that counts, ordered by `sequenceId`, read from the store at the call. */
  readonly trace: () => Promise<readonly Span[]>;
}

/** What to evaluate. */
export interface EvaluateRequest<T> {
  /** Each is merged into the initial resources and published as one immutable snapshot. At least one. */
  readonly candidates: readonly Candidate[];
  /** Each candidate runs on each of them. At least one. */
  readonly tasks: readonly T[];
  readonly mode: RolloutMode;
  /** Higher is claimed first among everything queued, default 0. */
  readonly priority?: number;
  /** Seconds from the call; what has not ended then is `unfinished`. Default: no deadline. */
  readonly timeoutSeconds?: number;
  /** What happens to rollouts that have not ended at the deadline: cancelled (default), or left to run on as upstream does. */
  readonly stragglers?: 'cancel' | 'leave';
  /** Publish the candidate alone instead of merging it into the initial resources, as upstream's APO does. Default `false`. */
  readonly candidateOnly?: boolean;
}

/**
 * An evaluation under way. It started at the call. Iterating gives outcomes in the order candidate by candidate, task by task, each as
 * soon as it and its predecessors are known; leaving the loop early stops the evaluation.
 */
export interface Evaluation<T> extends AsyncIterable<TaskOutcome<T>> {
  /** All outcomes, in that order. */
  outcomes(): Promise<readonly TaskOutcome<T>[]>;
  /** Ends the evaluation now: what has not ended is cancelled and `unfinished`. */
  stop(): Promise<void>;
}

/** What a step's function gets. There is no context in it: steps do not nest. */
export interface StepScope {
  /**
   * Aborted when this step has to end unfinished: at once when the run breaks down; when it is stopped, only after what is in flight has had its time
   * to finish (`drainMs` of the strategy), so that what was paid for is recorded.
   */
  readonly signal: AbortSignal;
  /** The same for every execution of this step in this run: for services that deduplicate. */
  readonly idempotencyKey: string;
  /**
   * Makes one model call through the run's limiter, with retries, and counts each try. So `call` makes one request and must not try again by itself: with the
   * `openai` client, `maxRetries: 0`. Its signal is aborted when the call takes too long and when it is to end now; a run that stops lets calls under way
   * come to their end for a while, as they are paid for. It makes no more of them, except for a step that has replies already: they would be lost without.
   *
   * Each try is noted in the run's ledger before it is made, and again with what it took.
   *
   * @throws what the last try threw; LightningError `MODEL_UNAVAILABLE` when the run has used up its retries, `BUDGET_REACHED` instead of a try for which the
   *   run's budget leaves no room, `PRICE_UNKNOWN` for a model without a price under a budget in dollars; let them pass
   */
  readonly llm: <V>(call: ModelCall<V>, options?: ModelCallOptions<NoInfer<V>>) => Promise<V>;
}

/**
 * One request to a model.
 *
 * @param heard - tells the run's limiter what headers came with an answer that is no error; an error brings its own
 */
export type ModelCall<V> = (signal: AbortSignal, heard: (header: HeaderReader) => void) => Promise<V>;

/** How {@link StepScope.llm} makes a call. */
export interface ModelCallOptions<V = unknown> extends ModelCallRequest<V> {
  /** Host and port that the call goes to. Default: one that all calls without this have in common. */
  readonly host?: string;
  /** The model that is asked. Each model of a host is paced for itself, and has its price. Default: likewise, and without one. */
  readonly model?: string;
  /** Seconds that one try may take, its answer included. Default 300. */
  readonly timeoutSeconds?: number;
  /** How often a call that failed for a passing reason is tried again. Default 10. */
  readonly maxRetries?: number;
  /** What else than `endpointFailureOf(error)?.kind === 'passing'` is worth another try. Default: nothing. */
  readonly isPassing?: (error: unknown) => boolean;
}

/** A seeded stream of random numbers. Same seed, same path, same numbers. */
export interface Rng {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  int(bound: number): number;
  /** One of the items. */
  pick<V>(items: readonly V[]): V;
  /** A shuffled copy. */
  shuffle<V>(items: readonly V[]): V[];
  /** `count` distinct items in random order. */
  sample<V>(items: readonly V[], count: number): V[];
}

/** Work that runs beside the rest, started with `fork()`. */
export interface Job<V> {
  /** The result. May be awaited late: a failure before that stops the run instead of killing the process. */
  readonly result: Promise<V>;
}

/** A candidate and its score, offered as the best of the run. */
export interface BestOffer {
  readonly score: number;
  /** Breaks ties: the lower rank wins. */
  readonly rank: number;
  readonly candidate: Candidate;
  /** The algorithm's own name for it, e.g. `v3`. */
  readonly version: string;
}

/**
 * What an algorithm works with. Its tools make an ordinary async function durable: a step runs once per run and its recorded
 * result answers from then on, so that a run that was killed goes on from the top and takes the same way. The rules that follow from
 * this are in `docs/guides/write-an-algorithm.md`; most are checked while the algorithm runs.
 *
 * There is nothing here to read the store, the spend or the best so far: on a replay they would show the future.
 */
export interface AlgorithmContext<TTask> {
  /** Read-only; empty only if the algorithm declares that it needs none. */
  readonly trainDataset: Dataset<TTask>;
  /** Read-only; empty when none was given. */
  readonly valDataset: Dataset<TTask>;
  readonly initialResources: NamedResources;
  /** The adapter given to the trainer, if one was; an algorithm that needs one brings its own otherwise. */
  readonly adapter: TraceAdapter<unknown> | undefined;
  /** Aborted when the run stops. */
  readonly signal: AbortSignal;
  readonly logger: Logger;

  /** The same tools under a path: keys of the returned context are relative to it. */
  scope(...path: (string | number)[]): AlgorithmContext<TTask>;
  /**
   * Runs `fn` once in this run and records its JSON result; the recorded value is what is returned, also the first time.
   *
   * @param key - unique in this scope
   * @param input - what the result depends on; another input under the same key is an error, not another result
   * @throws LightningError `STEP_FAILED` as thrown by `fn`, recorded and thrown alike on replay. Any other error stops the run.
   */
  step<const V>(key: string, input: Json, fn: (step: StepScope) => Promise<V & Jsonable<V>>): Promise<V>;
  /** Runs tasks with candidates, beginning now. Durable by itself; never put into a step. */
  evaluate(key: string, request: EvaluateRequest<TTask>): Evaluation<TTask>;
  /** The random stream of this key. One stream per path: asking twice is an error. */
  random(key: string): Rng;
  /** The time, in seconds since the Unix epoch, recorded at the first call. */
  now(key: string): Promise<number>;
  /** Starts work that overlaps with the rest. The run ends only after it. */
  fork<V>(key: string, fn: (context: AlgorithmContext<TTask>) => Promise<V>): Job<V>;
  /** Tells listeners something, once per run and key. */
  emit(key: string, event: AlgorithmEvent): void;
  /** Offers a candidate as the best of the run: the highest score wins, then the lowest rank, whatever the order of offers. */
  offerBest(offer: BestOffer): void;
}

/** The context of an algorithm that declares `durable: false` and drives the store by itself, as upstream's do. */
export interface StoreAlgorithmContext<TTask> extends AlgorithmContext<TTask> {
  readonly store: LightningStore;
  scope(...path: (string | number)[]): StoreAlgorithmContext<TTask>;
}
