import type { Json } from '../algorithm/json.ts';
import type { Logger } from '../logging/logger.ts';
import type { Tracer } from '../span/tracer.ts';
import type { LightningStore } from '../store/lightning-store.ts';
import type { Agent } from './agent.ts';
import type { Hook } from './hook.ts';
import type { ModuleSource } from './module-source.ts';

/** What the algorithm side gets to work with, in whatever thread it runs. */
export interface AlgorithmEnvironment {
  readonly store: LightningStore;
  /** Aborted when the run is to stop: nothing new begins, what is in flight may come to its end. */
  readonly signal: AbortSignal;
  /** Aborted when what is in flight is to end as well. Absent: when {@link signal} is. */
  readonly hurry?: AbortSignal;
  /** Writes to the log of the run, from whatever thread. Absent: whoever runs the algorithm brings its own. */
  readonly logger?: Logger;
  /** Sends something to {@link AlgorithmBundle.onMessage}, in order. */
  post(message: Json): void;
}

/** The algorithm side of a run. */
export interface AlgorithmBundle {
  /** Runs the algorithm here and answers its final state as JSON. */
  run(environment: AlgorithmEnvironment): Promise<Json>;
  /**
   * The same for another thread: the export is a function `(data, environment) => Promise<Json>`. Called only when the algorithm has
   * to move.
   * @throws LightningError `SOURCE_NOT_LOADABLE`, with what to write instead
   */
  source(): Promise<{ readonly module: ModuleSource; readonly data: unknown }>;
  /** Receives what the algorithm posts, wherever it runs. */
  onMessage(message: Json): void;
}

/** Something that runners need: the object for this thread, or how to make it in another. */
export type Loadable<T> =
  | { readonly instance: T; readonly source?: ModuleSource }
  | { readonly instance?: undefined; readonly source: ModuleSource };

/** The runner side of a run. */
export interface RunnerBundle {
  readonly agent: Loadable<Agent>;
  readonly hooks: readonly Loadable<Hook>[];
  /** Absent: the default tracer. */
  readonly tracer?: Loadable<Tracer>;
  /** How many rollouts are executed at once, over all threads. At least 1. */
  readonly nRunners: number;
  /** Stop claiming after this many rollouts over all runners. Absent: no limit. */
  readonly maxRollouts?: number;
  /** Milliseconds between signs of life. Default 10,000. */
  readonly heartbeatIntervalMs?: number;
}

/** How to make the store of a run where the algorithm runs, in this thread or another. */
export interface StoreOpener {
  /** Makes it here. Who executes the run closes it. */
  open(): Promise<LightningStore>;
  /** The same for another thread: the export is a function `(data) => Promise<LightningStore>`. */
  readonly source: { readonly module: ModuleSource; readonly data: unknown };
  /**
   * Keeps what the store has on the disk whole although the thread that has it open may be ended before it has closed it. Called once it is open there.
   * @returns lets go of it, once that thread has ended
   */
  hold?(): Promise<() => Promise<void>>;
}

/**
 * Whoever stops a run may be in more of a hurry than the deadlines of the strategy: these signals begin a later step of stopping at once. They abort in
 * this order, and never before {@link ExecutionJob.signal}.
 */
export interface StopHurry {
  /** Aborted: agents, and what the algorithm has in flight, are told to abort now. */
  readonly abort: AbortSignal;
  /** Aborted: threads and processes that have not ended are ended now. */
  readonly terminate: AbortSignal;
  /** Aborted right before this process ends by a signal: its listeners kill, synchronously, what would outlive it. */
  readonly kill: AbortSignal;
}

/** One run, ready to be executed. */
export interface ExecutionJob {
  /** By it runners of other processes know whether they are still wanted. Absent: they are not told. */
  readonly runId?: string;
  readonly algorithm: AlgorithmBundle;
  readonly runner: RunnerBundle;
  /** The caller's store, which stays open. */
  readonly store?: LightningStore;
  /** Makes the store of this run when there is no {@link store}. Absent: an in-memory one. */
  readonly storeOpener?: StoreOpener;
  /** Aborted when the run is to stop. The strategy then winds down and {@link ExecutionStrategy.execute} resolves or rejects. */
  readonly signal: AbortSignal;
  /** Cuts the winding down short. Absent: each step takes its time. */
  readonly hurry?: StopHurry;
  /** Aborted when nothing that is queued may begin any more, while the algorithm comes to its end by itself: the runners finish what they are at. */
  readonly drain?: AbortSignal;
  readonly logger: Logger;
  /** Told, in a sentence, what the user should know of how the run ended: it becomes a warning of the result. */
  readonly onWarning?: (message: string) => void;
}

/** What became of the runners of a run that were started here. */
export interface RunnersOutcome {
  /** How many there were and how they were kept apart, for a person: `8 in 2 shared threads`. */
  readonly where: string;
  /** Threads or processes that were lost, each of which was replaced. */
  readonly lost: number;
  /** Attempts that were under way in them and not to blame; they were tried again at no cost. */
  readonly givenBack: number;
  /** Why they were lost, the most frequent cause first. */
  readonly causes: readonly { readonly cause: string; readonly count: number }[];
}

/** How a run ended. */
export interface ExecutionOutcome {
  /** What the algorithm side answered; `undefined` in a process that only had runners. */
  readonly algorithm: Json | undefined;
  /** Absent where no runners were started, or the strategy does not say. */
  readonly runners?: RunnersOutcome;
}

/**
 * Decides where the algorithm, the store and the runners run, starts them, and winds them down.
 *
 * `execute` rejects with what the algorithm threw, or with `RUNNERS_LOST` when nobody is left to do the work. Whatever happens, when it
 * settles nothing it started is alive: no thread, timer or socket. Mirrors upstream `ExecutionStrategy` (v0.3.0).
 */
export interface ExecutionStrategy {
  readonly name: string;
  /** Whether the algorithm runs in this process, in whatever thread. Default true; `false` where only runners do. */
  readonly runsAlgorithm?: boolean;
  /** Whether the agents run in this process, or in threads and processes of its own, `nRunners` at once. Default true; `false` where others do. */
  readonly runsAgents?: boolean;
  execute(job: ExecutionJob): Promise<ExecutionOutcome>;
}
