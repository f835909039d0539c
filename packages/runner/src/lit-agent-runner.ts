import { randomBytes } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import {
  type Agent,
  type AttemptedRollout,
  type Clock,
  checkNumberOption,
  findFinalReward,
  type Hook,
  LightningError,
  type LightningStore,
  type Logger,
  type NamedResources,
  type Rollout,
  type RolloutMode,
  refuseUnknownOptions,
  type Span,
  silentLogger,
  systemClock,
  type Tracer,
} from '@agentlightning/core';
import {
  type AttemptEnvironment,
  AttemptExecution,
  type AttemptOutcome,
  type Interruption,
} from './attempt-execution.ts';
import { ClaimBrake } from './claim-brake.ts';
import { type ClaimBudget, LocalClaimBudget } from './claim-budget.ts';
import { claimAndExecute } from './claim-loop.ts';
import { Heartbeat } from './heartbeat.ts';
import { Hooks } from './hooks.ts';
import { isAgent } from './lit-agent.ts';
import { ResourcesCache } from './resources-cache.ts';
import { SpanOutbox } from './span-outbox.ts';
import { DummyTracer } from './tracer/dummy-tracer.ts';
import { ModelCallTracer } from './tracer/model-call-tracer.ts';

/** Options of a {@link LitAgentRunner}. */
export interface LitAgentRunnerOptions<TTask = unknown> {
  readonly agent: Agent<TTask>;
  /** Stays the caller's: the runner does not close it. */
  readonly store: LightningStore;
  /** Default: a `ModelCallTracer`. `null`: none, spans are what the agent emits and returns. */
  readonly tracer?: Tracer | null;
  readonly hooks?: readonly Hook[];
  /** Under which the store knows this runner. Default: made of process, thread and chance. */
  readonly workerId?: string;
  /** How many rollouts are executed at once. Default 1. */
  readonly slots?: number;
  /** How many rollouts {@link LitAgentRunner.iter} claims at most, over all its calls. Default: no limit. */
  readonly maxRollouts?: number;
  /** A limit shared with other runners. */
  readonly claims?: ClaimBudget;
  /** Milliseconds between signs of life. Default 10,000. */
  readonly heartbeatIntervalMs?: number;
  /** Milliseconds an agent is given to end once its signal was aborted; then its slot is free without it. Default 5000. */
  readonly abortGraceMs?: number;
  /** Milliseconds to come back to a store that cannot be reached, unless it has tried for a while by itself, as the HTTP client does. Default 600,000. */
  readonly storeOutageBudgetMs?: number;
  /** Told of what the runner is at. */
  readonly observer?: RunnerObserver;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** Somebody who supervises a runner, such as whoever started its thread. Must not throw. */
export interface RunnerObserver {
  /** These were claimed by {@link LitAgentRunner.iter}; nothing of them has been executed. */
  claimed?(rollouts: readonly AttemptedRollout[]): void;
  /** The attempt has ended and was reported. `isLeftBehind`: its agent ignores the abort of its signal and goes on all the same. */
  ended?(rollout: AttemptedRollout, isLeftBehind: boolean): void;
}

/** How to stop {@link LitAgentRunner.iter}. */
export interface IterOptions {
  /** Aborted: nothing more is claimed; what is under way is finished and reported. */
  readonly drain?: AbortSignal;
  /** Aborted: as `drain`, and agents under way are aborted. Their attempts are reported `unresponsive` with `metadata.reason` `shutdown`. */
  readonly abort?: AbortSignal;
}

/** What {@link LitAgentRunner.iter} did. */
export interface RunnerSummary {
  /** Attempts that were claimed, the sum of the others. */
  readonly rollouts: number;
  readonly succeeded: number;
  /** The agent threw, or returned something that is no result. */
  readonly failed: number;
  readonly timedOut: number;
  /** Stopped by a shutdown, or because they no longer counted. */
  readonly interrupted: number;
}

/** How to execute one task with {@link LitAgentRunner.step}. */
export interface StepOptions {
  /** Stored as a new snapshot. Default: the latest one of the store. */
  readonly resources?: NamedResources;
  /** Default: none, which runs `validationRollout` where there is one. */
  readonly mode?: RolloutMode;
  /** Aborts the agent. */
  readonly signal?: AbortSignal;
}

/** A rollout that was executed by {@link LitAgentRunner.step}. */
export interface FinishedRollout extends AttemptedRollout {
  /** The last primary reward, `null` when there is none. */
  readonly reward: number | null;
  /** What was recorded, ordered by `sequenceId`. */
  readonly spans: readonly Span[];
}

const ACTION = 'Cannot create the runner';

const OPTION_NAMES: readonly (keyof LitAgentRunnerOptions)[] = [
  'agent',
  'store',
  'tracer',
  'hooks',
  'workerId',
  'slots',
  'maxRollouts',
  'claims',
  'heartbeatIntervalMs',
  'abortGraceMs',
  'storeOutageBudgetMs',
  'observer',
  'logger',
  'clock',
];

const STEP_OPTION_NAMES: readonly (keyof StepOptions)[] = ['resources', 'mode', 'signal'];

/**
 * Takes rollouts from a store, has an agent work on them, and reports what came of it. Mirrors upstream `LitAgentRunner` (v0.3.0), which works
 * on one rollout at a time and asks the store every five seconds.
 *
 * Whatever an agent, hook or tracer does, the runner goes on. An attempt's spans are stored before it is reported; only an attempt whose agent
 * returned is reported `succeeded`.
 *
 * @example
 * ```ts
 * const runner = new LitAgentRunner({ agent: new RoomSelector(), store: new InMemoryLightningStore() });
 * const { reward, spans } = await runner.step(task, { resources: { prompt } });
 * ```
 */
export class LitAgentRunner<TTask = unknown> implements AsyncDisposable {
  /** Under which the store knows this runner. */
  readonly workerId: string;
  readonly #store: LightningStore;
  readonly #tracer: Tracer;
  readonly #slots: number;
  readonly #claims: ClaimBudget;
  readonly #heartbeatIntervalMs: number;
  readonly #outageBudgetMs: number;
  readonly #observer: RunnerObserver | undefined;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #environment: Omit<AttemptEnvironment, 'hurry'>;
  readonly #active = new Map<string, AttemptExecution>();
  readonly #work = new Set<Promise<unknown>>();
  readonly #disposal = new AbortController();
  #heartbeat: Heartbeat | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #isIterating = false;
  #users = 0;

  /** @throws TypeError or RangeError for options that are unknown or out of range */
  constructor(options: LitAgentRunnerOptions<TTask>) {
    refuseUnknownOptions(ACTION, options, OPTION_NAMES);
    const { agent, store, tracer, hooks = [], slots = 1, maxRollouts, claims } = options;
    const { heartbeatIntervalMs = 10_000, abortGraceMs = 5000, storeOutageBudgetMs = 600_000 } = options;
    const { logger = silentLogger, clock = systemClock } = options;
    if (!isAgent(agent)) {
      throw new TypeError(
        `${ACTION} as 'agent' must be an agent with a rollout() method: current value is ${typeof agent}`,
      );
    }
    checkNumberOption(ACTION, 'slots', slots, { integer: true, min: 1 });
    if (maxRollouts !== undefined) checkNumberOption(ACTION, 'maxRollouts', maxRollouts, { integer: true, min: 0 });
    checkNumberOption(ACTION, 'heartbeatIntervalMs', heartbeatIntervalMs, { above: 0 });
    checkNumberOption(ACTION, 'abortGraceMs', abortGraceMs, { min: 0 });
    checkNumberOption(ACTION, 'storeOutageBudgetMs', storeOutageBudgetMs, { min: 0 });

    this.workerId = options.workerId ?? `runner-${process.pid}-${threadId}-${randomBytes(3).toString('hex')}`;
    this.#store = store;
    this.#tracer = tracer === null ? new DummyTracer() : (tracer ?? new ModelCallTracer());
    this.#slots = slots;
    this.#claims = bothBudgets(new LocalClaimBudget(maxRollouts ?? Infinity), claims);
    this.#heartbeatIntervalMs = heartbeatIntervalMs;
    this.#outageBudgetMs = storeOutageBudgetMs;
    this.#observer = options.observer;
    this.#logger = logger;
    this.#clock = clock;
    this.#environment = {
      agent: agent as Agent,
      store,
      tracer: this.#tracer,
      hooks: new Hooks(hooks, clock, logger),
      resources: new ResourcesCache(store),
      outbox: new SpanOutbox(store),
      brake: new ClaimBrake(clock),
      clock,
      logger,
      abortGraceMs,
      outageBudgetMs: storeOutageBudgetMs,
    };
  }

  /**
   * Claims and executes rollouts until it is told to stop, `maxRollouts` are claimed or the store closes. Then nothing of it is left: no
   * timer, no request, no global that it changed.
   *
   * @throws LightningError `RUN_NOT_ALLOWED` while another call is under way; `UNAVAILABLE` when the store stayed away for
   * `storeOutageBudgetMs`; whatever else the store answers to a claim. Attempts under way are ended first
   */
  async iter(options: IterOptions = {}): Promise<RunnerSummary> {
    refuseUnknownOptions('Cannot take rollouts', options, ['drain', 'abort'] satisfies (keyof IterOptions)[]);
    return await this.#supervise(() => this.#iter(options));
  }

  /**
   * Executes one task now, outside of the queue: for debugging and for trying an agent out.
   *
   * @returns the rollout when it has ended, with what was recorded
   * @throws what the agent threw; LightningError `TIMEOUT` or `ABORTED` when it was stopped. The rollout is in the store all the same
   */
  async step(input: TTask, options: StepOptions = {}): Promise<FinishedRollout> {
    refuseUnknownOptions('Cannot execute the task', options, STEP_OPTION_NAMES);
    return await this.#supervise(() => this.#step(input, options));
  }

  /** Aborts what is under way, as `abort` does, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await Promise.allSettled(this.#work);
  }

  async #iter({ drain, abort }: IterOptions): Promise<RunnerSummary> {
    if (this.#isIterating) {
      throw new LightningError('RUN_NOT_ALLOWED', 'iter() is under way: start another runner, or ask for more slots');
    }
    this.#isIterating = true;
    const hurry = anySignal([abort, this.#disposal.signal]);
    const counts = { succeeded: 0, failed: 0, timeout: 0, shutdown: 0, fenced: 0 };
    try {
      await claimAndExecute({
        store: this.#store,
        workerId: this.workerId,
        slots: this.#slots,
        claims: this.#claims,
        brake: this.#environment.brake,
        clock: this.#clock,
        logger: this.#logger,
        outageBudgetMs: this.#outageBudgetMs,
        stop: anySignal([drain, hurry]),
        claimed: (rollouts) => this.#observer?.claimed?.(rollouts),
        execute: async (rollout) => {
          try {
            counts[(await this.#execute(rollout, hurry)).kind] += 1;
          } catch (error) {
            // A defect of ours, or a record that no store should have given: one rollout must not end the others.
            counts.failed += 1;
            this.#logger.error({ err: error, rolloutId: rollout.rolloutId }, 'An attempt broke off');
          }
        },
      });
    } finally {
      this.#isIterating = false;
    }
    const { succeeded, failed, timeout: timedOut, shutdown, fenced } = counts;
    const interrupted = shutdown + fenced;
    return { rollouts: succeeded + failed + timedOut + interrupted, succeeded, failed, timedOut, interrupted };
  }

  async #step(input: TTask, { resources, mode, signal }: StepOptions): Promise<FinishedRollout> {
    const resourcesId = resources === undefined ? null : (await this.#store.addResources(resources)).resourcesId;
    const { workerId } = this;
    const started = await this.#store.startRollout({ input, mode: mode ?? null, resourcesId, workerId });
    const outcome = await this.#execute(started, anySignal([signal, this.#disposal.signal]));
    if (outcome.kind !== 'succeeded') throw outcome.error;
    const { rolloutId, attempt } = started;
    const [rollout, spans] = await Promise.all([
      this.#store.getRolloutById(rolloutId),
      this.#store.querySpans({ rolloutId, attemptId: attempt.attemptId }),
    ]);
    return { ...withAttempt(rollout, started), reward: findFinalReward(spans.items), spans: spans.items };
  }

  async #execute(rollout: AttemptedRollout, hurry: AbortSignal): Promise<AttemptOutcome> {
    const execution = new AttemptExecution(rollout, { ...this.#environment, hurry });
    const stop = (): void => execution.interrupt(shutdown(hurry.reason));
    const { attemptId } = rollout.attempt;
    this.#active.set(attemptId, execution);
    hurry.addEventListener('abort', stop, { once: true });
    if (hurry.aborted) stop();
    try {
      return await execution.run();
    } finally {
      hurry.removeEventListener('abort', stop);
      this.#active.delete(attemptId);
      this.#observer?.ended?.(rollout, execution.isLeftBehind);
    }
  }

  #supervise<T>(body: () => Promise<T>): Promise<T> {
    const work = this.#whileWorking(body);
    this.#work.add(work);
    const forget = (): void => void this.#work.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** While anything is under way: heartbeats, the tracer's hold on the thread, and a process that does not end for want of work. */
  async #whileWorking<T>(body: () => Promise<T>): Promise<T> {
    if (this.#disposal.signal.aborted) throw new LightningError('ABORTED', 'The runner was disposed of');
    if (this.#users === 0) this.#enter();
    this.#users += 1;
    try {
      return await body();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await this.#leave();
    }
  }

  #enter(): void {
    // The timers of a Clock do not keep a process alive, and a store that is away has no sockets that would.
    this.#keepAlive = setInterval(() => {}, 2 ** 30);
    this.#quietly(() => this.#tracer.install?.());
    this.#heartbeat = new Heartbeat({
      store: this.#store,
      workerId: this.workerId,
      intervalMs: this.#heartbeatIntervalMs,
      clock: this.#clock,
      logger: this.#logger,
      message: () => ({
        heartbeatStats: { slots: this.#slots, busy: this.#active.size, rssBytes: process.memoryUsage.rss() },
        attempts: [...this.#active.values()].map(({ rollout: { rolloutId, attempt } }) => ({
          rolloutId,
          attemptId: attempt.attemptId,
        })),
      }),
      fenced: (attemptIds) => {
        for (const attemptId of attemptIds) this.#active.get(attemptId)?.interrupt(FENCED);
      },
    });
  }

  async #leave(): Promise<void> {
    const heartbeat = this.#heartbeat;
    clearInterval(this.#keepAlive);
    this.#quietly(() => this.#tracer.uninstall?.());
    await heartbeat?.stop();
  }

  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logger.error({ err: error, tracer: this.#tracer.name }, 'The tracer failed');
    }
  }
}

const FENCED: Interruption = {
  kind: 'fenced',
  error: new LightningError('ABORTED', 'The attempt no longer counts: it was cancelled, timed out or was superseded', {
    details: { reason: 'fenced' },
  }),
};

function shutdown(cause: unknown): Interruption {
  const error = new LightningError('ABORTED', 'The runner is shutting down', {
    cause,
    details: { reason: 'shutdown' },
  });
  return { kind: 'shutdown', error };
}

function anySignal(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

function bothBudgets(own: ClaimBudget, shared: ClaimBudget | undefined): ClaimBudget {
  if (shared === undefined) return own;
  return {
    async take(max) {
      const mine = await own.take(max);
      const taken = mine === 0 ? 0 : await shared.take(mine);
      own.settle(mine - taken, 0);
      return taken;
    },
    settle(reserved, used) {
      own.settle(reserved, used);
      shared.settle(reserved, used);
    },
  };
}

/** The rollout as it stands, with its attempt; what was claimed if the store has forgotten it. */
function withAttempt(rollout: Rollout | AttemptedRollout | undefined, started: AttemptedRollout): AttemptedRollout {
  return rollout !== undefined && 'attempt' in rollout ? rollout : { ...started, ...rollout };
}
