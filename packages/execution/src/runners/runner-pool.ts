import {
  isLightningError,
  LightningError,
  type LightningStore,
  type Logger,
  type ModuleSource,
} from '@agentlightning/core';
import { pause, settlesWithin } from '../deadline.ts';
import { type HostedWorker, WorkerGone } from '../worker-thread/hosted-worker.ts';
import type { RunnerThreadRequest, StoreAddress } from '../worker-thread/input.ts';
import { siblingUrl } from '../worker-thread/sibling-url.ts';
import { ThreadGroup } from '../worker-thread/thread-group.ts';
import { CrashWindow, MAX_CRASHES_PER_MINUTE } from './crash-window.ts';
import { type LossReason, reportInterrupted, reportLostAttempts } from './lost-attempts.ts';
import { REPORT_MS, type Runners, type StopDeadlines } from './runners.ts';
import { shareSlots } from './share-slots.ts';
import { type ClaimShare, SharedClaimBudget } from './shared-claim-budget.ts';
import { watchEventLoop } from './watch-event-loop.ts';

/** What a {@link RunnerPool} runs. */
export interface RunnerPoolOptions extends StopDeadlines {
  readonly agent: ModuleSource;
  readonly hooks: readonly ModuleSource[];
  readonly tracer: ModuleSource | undefined;
  readonly nRunners: number;
  /** Threads; those beyond `nRunners` are not started. */
  readonly threads: number;
  /** Worker ids are this, a dash and a number; unique among everybody who works for the same store. */
  readonly workerIdPrefix: string;
  readonly maxRollouts: number | undefined;
  readonly heartbeatIntervalMs: number | undefined;
  readonly startMs: number;
  readonly blockedMs: number;
  readonly logger: Logger;
}

/** Where the runners of a pool get their work, and where the pool reports what a dead thread leaves behind. */
export interface StoreConnection {
  readonly address: StoreAddress;
  readonly store: LightningStore;
  /** Told of a worker that has died before its work is queued again, so that nothing is handed to it. Absent: its connections have to tell. */
  readonly workerGone?: (workerId: string) => void;
}

/** A thread and the name under which it works. Every replacement has a name of its own, so that attempts tell who had them. */
interface SeatedThread {
  readonly thread: HostedWorker<RunnerThreadRequest>;
  readonly workerId: string;
}

/**
 * Runners in worker threads. Each thread has a seat: when it dies, what it had in flight is reported, and another one takes the seat.
 */
export class RunnerPool implements Runners {
  readonly done: Promise<void>;
  /** Resolves when every thread has loaded the agent and waits for {@link connect}; rejects with `SOURCE_NOT_LOADABLE` when one cannot. */
  readonly ready: Promise<void>;
  readonly #options: RunnerPoolOptions;
  /** By the number of the seat; `undefined` without a limit. */
  readonly #claims: readonly ClaimShare[] | undefined;
  readonly #group: ThreadGroup<RunnerThreadRequest>;
  /** Who sits where, by the number of the seat. */
  readonly #seated: SeatedThread[] = [];
  readonly #seats: readonly Promise<void>[];
  readonly #crashes = new CrashWindow();
  readonly #connected = Promise.withResolvers<StoreConnection>();
  readonly #stop = new AbortController();
  readonly #stopped: Promise<typeof STOPPED>;
  #connection: StoreConnection | undefined;
  #winding: Promise<void> | undefined;
  #isTerminating = false;
  #isStoreClosed = false;

  /** Starts the threads and has them load the agent; nothing is claimed before {@link connect}. */
  constructor(options: RunnerPoolOptions) {
    this.#options = options;
    this.#stopped = new Promise((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(STOPPED), { once: true });
    });
    const shares = shareSlots(options.nRunners, options.threads);
    const { maxRollouts } = options;
    this.#claims = maxRollouts === undefined ? undefined : SharedClaimBudget.shares(maxRollouts, shares.length);
    this.#group = new ThreadGroup({
      entry: siblingUrl('../worker-thread/runner-entry', import.meta.url),
      exportName: 'runRunnerThread',
      threads: shares.length,
      logger: options.logger,
    });
    const loaded = shares.map(() => Promise.withResolvers<void>());
    this.ready = Promise.all(loaded.map(({ promise }) => promise)).then(() => undefined);
    this.#seats = shares.map((slots, index) =>
      this.#keepSeat(index, slots, loaded[index]!.resolve).catch((error: unknown) => {
        loaded[index]!.reject(error);
        throw error;
      }),
    );
    this.done = Promise.all(this.#seats).then(() => undefined);
    // Whoever awaits these gets the error; nobody has to.
    this.ready.catch(() => {});
    this.done.catch(() => {});
  }

  get isStopping(): boolean {
    return this.#winding !== undefined;
  }

  /** Has the runners claim from this store, now and after every replacement. */
  connect(connection: StoreConnection): void {
    this.#connection = connection;
    this.#connected.resolve(connection);
  }

  stop(reason: unknown): Promise<void> {
    this.#winding ??= this.#windDown(reason);
    return this.#winding;
  }

  /** Has one thread after the other work, until one has ended its work in peace. */
  async #keepSeat(index: number, slots: number, onLoaded: () => void): Promise<void> {
    for (let generation = 1; ; generation++) {
      const seated = this.#seat(index, generation);
      let isLoaded = false;
      try {
        if ((await this.#unlessStopped(this.#load(seated, index, slots))) === STOPPED) return;
        isLoaded = true;
        onLoaded();
        await this.#serve(seated.thread);
        if (this.#claims === undefined) this.#storeHasClosed();
        return;
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error;
        if (this.#stop.signal.aborted) return await this.#reportLost(seated.workerId, 'interrupted', error);
        if (this.#isStoreClosed) return;
        if (generation === 1 && !isLoaded) throw notLoadable(this.#options.agent, error);
        const claims = this.#claims?.[index];
        if (claims !== undefined) new SharedClaimBudget(claims).release();
        await this.#recover(seated.workerId, error);
        if (this.#stop.signal.aborted || this.#isStoreClosed) return;
      }
    }
  }

  /**
   * What a thread that ends by itself has been told, unless its claims are used up. A thread that comes too late to be told would take the store for
   * one that is away for a while, and wait for it.
   */
  #storeHasClosed(): void {
    this.#isStoreClosed = true;
    for (const { thread } of this.#seated) thread.drain();
  }

  #seat(index: number, generation: number): SeatedThread {
    const suffix = generation === 1 ? '' : `.${generation}`;
    const workerId = `${this.#options.workerIdPrefix}-${index + 1}${suffix}`;
    const seated = { thread: this.#group.host(), workerId };
    this.#seated[index] = seated;
    return seated;
  }

  async #load({ thread, workerId }: SeatedThread, index: number, slots: number): Promise<void> {
    const { agent, hooks, tracer, heartbeatIntervalMs, abortMs, startMs } = this.#options;
    const claims = this.#claims?.[index];
    const loading = thread.request({
      type: 'load',
      parts: { agent, hooks, tracer, workerId, slots, claims, heartbeatIntervalMs, abortMs },
    });
    if (!(await settlesWithin(loading, startMs))) {
      thread.terminate(new Error(`it was not loaded within ${startMs} ms`));
    }
    await loading;
  }

  async #serve(thread: HostedWorker<RunnerThreadRequest>): Promise<void> {
    const died = thread.gone.then((error) => Promise.reject(error));
    const connection = await this.#unlessStopped(Promise.race([this.#connected.promise, died]));
    if (connection === STOPPED) return;
    const stopWatching = watchEventLoop(thread, this.#options.blockedMs);
    try {
      await thread.request({ type: 'serve', store: connection.address });
    } finally {
      stopWatching();
    }
  }

  /** Reports what the thread had in flight and waits for the time to replace it. */
  async #recover(workerId: string, gone: WorkerGone): Promise<void> {
    // The module that threads import starts a run of its own: every other thread would do the same.
    if (isLightningError(gone.cause, 'RUN_NOT_ALLOWED')) throw gone.cause;
    const verdict = this.#crashes.record(performance.now());
    this.#options.logger.warn({ workerId, err: gone.cause }, 'A runner thread died');
    this.#connection?.workerGone?.(workerId);
    await this.#reportLost(workerId, 'runner lost', gone);
    if ('giveUp' in verdict) {
      throw new LightningError(
        'RUNNERS_LOST',
        `Runner threads died more than ${MAX_CRASHES_PER_MINUTE} times within a minute, the last one because: ${causeOf(gone)}`,
        { cause: gone.cause, details: { workerId } },
      );
    }
    await pause(verdict.replaceInMs, this.#stop.signal);
    // The store may have granted a claim to the dead thread before it noticed that nobody reads the answer.
    await this.#reportLost(workerId, 'runner lost', gone);
  }

  async #reportLost(workerId: string, reason: LossReason, gone: WorkerGone): Promise<void> {
    // Threads that the pool itself ends are reported together, see #windDown().
    if (this.#connection === undefined || this.#isTerminating) return;
    await reportLostAttempts(this.#connection.store, new Set([workerId]), reason, causeOf(gone));
  }

  async #windDown(reason: unknown): Promise<void> {
    const { drainMs, abortMs, logger } = this.#options;
    const ended = Promise.allSettled(this.#seats);
    this.#stop.abort(reason);
    for (const { thread } of this.#seated) thread.drain();
    let isEnded = await settlesWithin(ended, drainMs);
    if (!isEnded) {
      for (const { thread } of this.#seated) thread.abort(reason);
      isEnded = await settlesWithin(ended, abortMs + REPORT_MS);
    }
    this.#isTerminating = true;
    await this.#group.close();
    if (isEnded) return;
    logger.warn({}, 'Agents ignored the abort: their threads were terminated');
    if (this.#connection === undefined) return;
    const workerIds = new Set(this.#seated.map(({ workerId }) => workerId));
    await reportInterrupted(this.#connection.store, workerIds, logger);
  }

  #unlessStopped<T>(work: Promise<T>): Promise<T | typeof STOPPED> {
    // What the work does after the stop concerns nobody.
    work.catch(() => {});
    return Promise.race([work, this.#stopped]);
  }
}

const STOPPED = Symbol('stopped');

function causeOf({ cause, message }: WorkerGone): string {
  return cause instanceof Error ? cause.message : message;
}

function notLoadable({ moduleUrl, exportName }: ModuleSource, gone: WorkerGone): LightningError {
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    `The agent '${exportName}' of ${moduleUrl} cannot be loaded in a worker thread: ${causeOf(gone)}`,
    { cause: gone.cause, details: { moduleUrl, exportName } },
  );
}
