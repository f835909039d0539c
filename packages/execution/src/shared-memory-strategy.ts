import {
  checkNumberOption,
  type ExecutionJob,
  type ExecutionOutcome,
  type ExecutionStrategy,
  refuseUnknownOptions,
} from '@agentlightning/core';
import { checkDeadline, DEFAULT_ABORT_MS, DEFAULT_DRAIN_MS } from './deadline.ts';
import { agentHere, hooksHere, tracerHere } from './load-parts.ts';
import { openStore } from './open-store.ts';
import { runBeside } from './run-beside.ts';
import { runOver, unlessStopped } from './run-over.ts';
import { inMainThread, LocalRunners } from './runners/local-runners.ts';
import type { StopDeadlines } from './runners/runners.ts';
import { failOnUnclaimedWork } from './runners/unclaimed-work.ts';
import { workerIdPrefix } from './runners/worker-id-prefix.ts';

/** Options of {@link SharedMemoryExecutionStrategy}. */
export interface SharedMemoryExecutionOptions {
  /** How long rollouts in flight may take to finish once the run is over or stopped, in milliseconds. Default 10,000; 0 gives them no time. */
  readonly drainMs?: number;
  /** How long agents may take to obey the abort that follows, in milliseconds. Default 5,000. Nothing can end those that do not. */
  readonly abortMs?: number;
}

/**
 * Runs everything in this process and this thread: the algorithm, the store, and runners with `nRunners` slots. Any agent works as it is, an instance
 * or a closure alike, and breakpoints hold everywhere. An agent that blocks the event loop blocks the run, and one that crashes the
 * process ends it; `ClientServerExecutionStrategy` keeps agents apart in threads.
 *
 * Mirrors upstream `SharedMemoryExecutionStrategy` (v0.3.0), with any number of runners at once.
 *
 * @example
 * const trainer = new Trainer({ algorithm, strategy: new SharedMemoryExecutionStrategy() });
 */
export class SharedMemoryExecutionStrategy implements ExecutionStrategy {
  readonly name = 'shared-memory';
  readonly #deadlines: StopDeadlines;

  /** @throws TypeError, RangeError for options that are unknown or out of range */
  constructor(options: SharedMemoryExecutionOptions = {}) {
    const action = 'Cannot create SharedMemoryExecutionStrategy';
    refuseUnknownOptions(action, options, ['drainMs', 'abortMs']);
    this.#deadlines = {
      drainMs: checkDeadline(action, 'drainMs', options.drainMs ?? DEFAULT_DRAIN_MS),
      abortMs: checkDeadline(action, 'abortMs', options.abortMs ?? DEFAULT_ABORT_MS),
    };
  }

  async execute(job: ExecutionJob): Promise<ExecutionOutcome> {
    const { logger, onWarning, signal, hurry } = job;
    const { nRunners, maxRollouts, heartbeatIntervalMs, ...parts } = job.runner;
    checkNumberOption('Cannot execute the job', 'nRunners', nRunners, { integer: true, min: 1 });
    const { drainMs, abortMs } = this.#deadlines;
    const loading = Promise.all([agentHere(parts.agent), hooksHere(parts.hooks), tracerHere(parts.tracer)]);
    const [agent, hooks, tracer] = await unlessStopped(loading, signal, { drainMs, hurry });
    const { store, close } = await openStore(job);
    const runners = new LocalRunners({
      agent,
      hooks,
      tracer,
      store,
      workerId: `${workerIdPrefix(job)}-1`,
      nRunners,
      maxRollouts,
      heartbeatIntervalMs,
      logger,
      onWarning,
      drainMs,
      abortMs,
      hurry,
    });
    try {
      const algorithm = await runBeside({
        algorithm: (signals) =>
          job.algorithm.run({ store, ...signals, post: (message) => job.algorithm.onMessage(message) }),
        runners,
        whenRunnersEnd: (finished) => failOnUnclaimedWork(store, maxRollouts, finished),
        signal,
        drain: job.drain,
        drainMs,
        abortMs,
        hurry,
      });
      return { algorithm, runners: inMainThread(nRunners) };
    } finally {
      await runners.stop(runOver());
      await close();
    }
  }
}
