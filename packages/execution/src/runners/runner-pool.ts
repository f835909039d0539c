import {
  isLightningError,
  LightningError,
  type LightningStore,
  type ModuleSource,
  type RunnersOutcome,
} from '@agentlightning/core';
import { pause, settlesWithin } from '../deadline.ts';
import { runOver } from '../run-over.ts';
import type { HostGroup } from '../worker-thread/host-group.ts';
import { WorkerGone } from '../worker-thread/hosted-worker.ts';
import type { RunnerThreadRequest, ServeEnd, StoreAddress } from '../worker-thread/input.ts';
import { ClaimLimit } from './claim-limit.ts';
import { CrashWindow, isCrash, MAX_CRASHES_PER_MINUTE } from './crash-window.ts';
import { LossTally } from './loss-tally.ts';
import { type RunnerLoss, reportInterrupted, reportLoss } from './lost-attempts.ts';
import { type EndDeadlines, REPORT_MS, type Runners, type StopPlan, type StopWitness } from './runners.ts';
import { causeOf, SeatedRunner } from './seated-runner.ts';
import { shareSlots } from './share-slots.ts';

/** What a {@link RunnerPool} runs. */
export interface RunnerPoolOptions extends StopPlan, EndDeadlines, StopWitness {
  readonly agent: ModuleSource;
  readonly hooks: readonly ModuleSource[];
  readonly tracer: ModuleSource | undefined;
  readonly nRunners: number;
  /** Threads or processes; those beyond `nRunners` are not started. */
  readonly threads: number;
  /** Where they are, for a person: `in 2 shared threads`. @param count - of threads or processes */
  readonly describe: (count: number) => string;
  /** Starts so many of them. */
  readonly openGroup: (count: number) => HostGroup<RunnerThreadRequest>;
  /** Worker ids are this, a dash and a number; unique among everybody who works for the same store. */
  readonly workerIdPrefix: string;
  readonly maxRollouts: number | undefined;
  readonly heartbeatIntervalMs: number | undefined;
  readonly startMs: number;
  /** How long an event loop may stand still; `Infinity`: until the time of an attempt is up. */
  readonly blockedMs: number;
}

/** Where the runners of a pool get their work, and where the pool reports what a dead thread leaves behind. */
export interface StoreConnection {
  readonly address: StoreAddress;
  readonly store: LightningStore;
  /** Told of a worker that has died before its work is queued again, so that nothing is handed to it. Absent: its connections have to tell. */
  readonly workerGone?: (workerId: string) => void;
}

/**
 * Runners in worker threads, or in processes. Each has a seat: when it dies, what it had in flight is reported, and another one takes the seat.
 */
export class RunnerPool implements Runners {
  readonly done: Promise<void>;
  /** Resolves when every thread has loaded the agent and waits for {@link connect}; rejects with `SOURCE_NOT_LOADABLE` when one cannot. */
  readonly ready: Promise<void>;
  readonly #options: RunnerPoolOptions;
  /** `undefined` without a limit. */
  readonly #claims: ClaimLimit | undefined;
  readonly #group: HostGroup<RunnerThreadRequest>;
  /** Who sits where, by the number of the seat. */
  readonly #seated: SeatedRunner[] = [];
  readonly #seats: readonly Promise<void>[];
  readonly #crashes = new CrashWindow();
  readonly #tally = new LossTally();
  readonly #connected = Promise.withResolvers<StoreConnection>();
  readonly #stop = new AbortController();
  readonly #stopped: Promise<typeof STOPPED>;
  #connection: StoreConnection | undefined;
  #winding: Promise<void> | undefined;
  #notesTurns = false;
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
    this.#claims = maxRollouts === undefined ? undefined : new ClaimLimit(maxRollouts);
    this.#group = options.openGroup(shares.length);
    options.hurry?.kill.addEventListener('abort', () => this.#group.killProcesses(), { once: true });
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

  /** Where the runners are, and how many threads or processes were lost so far, and why. */
  get outcome(): RunnersOutcome {
    const { nRunners, describe } = this.#options;
    return { where: `${nRunners} ${describe(this.#seats.length)}`, ...this.#tally.counts };
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

  /** Has one thread or process after the other work, until one has ended its work in peace. */
  async #keepSeat(index: number, slots: number, onLoaded: () => void): Promise<void> {
    for (let generation = 1; ; generation++) {
      const runner = this.#seat(index, slots, generation);
      let isLoaded = false;
      try {
        if ((await this.#unlessStopped(runner.load())) === STOPPED) return;
        isLoaded = true;
        onLoaded();
        if ((await this.#serve(runner)) === 'spent') {
          await this.#discard(runner);
        } else {
          if (this.#claims === undefined) this.#storeHasClosed();
          return;
        }
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error;
        if (this.#stop.signal.aborted) return await this.#reportCutOff(runner);
        if (this.#isStoreClosed) return;
        if (generation === 1 && !isLoaded) throw notLoadable(this.#options.agent, error);
        this.#claims?.release(index);
        await this.#recover(runner, error, isLoaded);
      }
      if (this.#stop.signal.aborted || this.#isStoreClosed) return;
    }
  }

  /**
   * What a thread that ends by itself has been told, unless its claims are used up. A thread that comes too late to be told would take the store for
   * one that is away for a while, and wait for it.
   */
  #storeHasClosed(): void {
    this.#isStoreClosed = true;
    for (const runner of this.#seated) runner.drain(runOver());
  }

  #seat(index: number, slots: number, generation: number): SeatedRunner {
    const { agent, hooks, tracer, heartbeatIntervalMs, abortMs, startMs, blockedMs, logger } = this.#options;
    const suffix = generation === 1 ? '' : `.${generation}`;
    const workerId = `${this.#options.workerIdPrefix}-${index + 1}${suffix}`;
    const runner = new SeatedRunner(this.#group, {
      parts: { agent, hooks, tracer, workerId, slots, heartbeatIntervalMs, abortMs },
      seat: index,
      claims: this.#claims,
      startMs,
      blockedMs,
      logger,
    });
    this.#seated[index] = runner;
    if (this.#notesTurns) runner.noteTurns();
    return runner;
  }

  async #serve(runner: SeatedRunner): Promise<ServeEnd> {
    const died = runner.gone.then((error) => Promise.reject(error));
    const connection = await this.#unlessStopped(Promise.race([this.#connected.promise, died]));
    return connection === STOPPED ? 'ended' : runner.serve(connection.address, connection.store);
  }

  /** Ends a runner in which an agent goes on that was told to stop; its attempt has been reported. */
  async #discard(runner: SeatedRunner): Promise<void> {
    const cause = 'an agent ignored the abort of its signal';
    this.#options.logger.warn({ workerId: runner.workerId }, `A runner is replaced, as ${cause}`);
    this.#tally.lost(cause);
    runner.terminate(new Error(cause));
    await runner.gone;
  }

  /** Reports what the thread had in flight and waits for the time to replace it. */
  async #recover(runner: SeatedRunner, gone: WorkerGone, isLoaded: boolean): Promise<void> {
    // The module that threads import starts a run of its own: every other thread would do the same.
    if (isLightningError(gone.cause, 'RUN_NOT_ALLOWED')) throw gone.cause;
    const { workerId } = runner;
    const { inFlight, ...loss } = runner.lossAt(performance.now(), gone);
    this.#tally.lost(loss.cause);
    this.#options.logger.warn(
      { workerId, err: gone.cause, inFlight, rolloutId: loss.culprit?.rolloutId },
      'A runner thread or process died',
    );
    if (loss.culprit === undefined && inFlight > 1) this.#noteTurns();
    this.#connection?.workerGone?.(workerId);
    await this.#reportLoss(loss);
    const verdict = isCrash(loss, isLoaded)
      ? this.#crashes.record(performance.now(), loss.culprit?.rolloutId)
      : { replaceInMs: 0 };
    if ('giveUp' in verdict) {
      throw new LightningError(
        'RUNNERS_LOST',
        `Runner threads died more than ${MAX_CRASHES_PER_MINUTE} times within a minute on different tasks, the last one because: ${loss.cause}`,
        { cause: gone.cause, details: { workerId } },
      );
    }
    await pause(verdict.replaceInMs, this.#stop.signal);
    // The store may have granted a claim to the dead thread before it noticed that nobody reads the answer.
    await this.#reportLoss(loss);
  }

  /** From the first death on for which nobody can be blamed, threads note whose code they run: the next one tells. */
  #noteTurns(): void {
    if (this.#notesTurns) return;
    this.#notesTurns = true;
    for (const runner of this.#seated) runner.noteTurns();
  }

  async #reportLoss(loss: RunnerLoss): Promise<void> {
    if (this.#connection === undefined) return;
    this.#tally.givenBack(await reportLoss(this.#connection.store, loss));
  }

  /** A thread that died while it was being stopped. Those that the pool itself ends are reported together, see #windDown(). */
  async #reportCutOff({ workerId }: SeatedRunner): Promise<void> {
    if (this.#connection === undefined || this.#isTerminating) return;
    await reportInterrupted(this.#connection.store, new Set([workerId]), this.#options.logger);
  }

  async #windDown(reason: unknown): Promise<void> {
    const { drainMs, abortMs, hurry, logger } = this.#options;
    const ended = Promise.allSettled(this.#seats);
    this.#stop.abort(reason);
    for (const runner of this.#seated) runner.drain(reason);
    let isEnded = await settlesWithin(ended, drainMs, hurry?.abort);
    if (!isEnded) {
      for (const runner of this.#seated) runner.abort(reason);
      isEnded = await settlesWithin(ended, abortMs + REPORT_MS, hurry?.terminate);
    }
    this.#isTerminating = true;
    await this.#group.close(this.#options);
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

function notLoadable({ moduleUrl, exportName }: ModuleSource, gone: WorkerGone): LightningError {
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    `The agent '${exportName}' of ${moduleUrl} cannot be loaded in a runner thread or process: ${causeOf(gone)}`,
    { cause: gone.cause, details: { moduleUrl, exportName } },
  );
}
