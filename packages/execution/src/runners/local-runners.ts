import type { Agent, Hook, LightningStore, RunnersOutcome, Tracer } from '@agentlightning/core';
import { LitAgentRunner } from '@agentlightning/runner';
import { settlesWithin } from '../deadline.ts';
import { reportInterrupted } from './lost-attempts.ts';
import { REPORT_MS, type Runners, type StopPlan, type StopWitness, warnOf } from './runners.ts';

/** What there is to say of runners in the main thread: none of them can be lost without all. */
export const inMainThread = (nRunners: number): RunnersOutcome => ({
  where: `${nRunners} in the main thread`,
  lost: 0,
  givenBack: 0,
  causes: [],
});

/** What {@link LocalRunners} work with. */
export interface LocalRunnersOptions extends StopPlan, StopWitness {
  readonly agent: Agent;
  readonly hooks: readonly Hook[];
  readonly tracer: Tracer | undefined;
  readonly store: LightningStore;
  /** Unique among everybody who works for the same store. */
  readonly workerId: string;
  readonly nRunners: number;
  readonly maxRollouts: number | undefined;
  readonly heartbeatIntervalMs: number | undefined;
}

/** Runners in this thread: one loop with `nRunners` slots. */
export class LocalRunners implements Runners {
  readonly done: Promise<void>;
  readonly #options: LocalRunnersOptions;
  readonly #drain = new AbortController();
  readonly #abort = new AbortController();
  #stopping: Promise<void> | undefined;
  #inFlight = 0;

  /** Begins to claim at once. */
  constructor(options: LocalRunnersOptions) {
    this.#options = options;
    const { maxRollouts, tracer, heartbeatIntervalMs } = options;
    const runner = new LitAgentRunner({
      agent: options.agent,
      hooks: options.hooks,
      store: options.store,
      workerId: options.workerId,
      slots: options.nRunners,
      abortGraceMs: options.abortMs,
      observer: {
        claimed: (rollouts) => {
          this.#inFlight += rollouts.length;
        },
        ended: () => {
          this.#inFlight -= 1;
        },
      },
      logger: options.logger,
      ...(tracer === undefined ? {} : { tracer }),
      ...(maxRollouts === undefined ? {} : { maxRollouts }),
      ...(heartbeatIntervalMs === undefined ? {} : { heartbeatIntervalMs }),
    });
    this.done = runner.iter({ drain: this.#drain.signal, abort: this.#abort.signal }).then(() => undefined);
    // Whoever awaits `done` gets the error; nobody has to.
    this.done.catch(() => {});
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  stop(reason: unknown): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  async #stop(reason: unknown): Promise<void> {
    const { drainMs, abortMs, hurry, logger, store, workerId } = this.#options;
    this.#drain.abort(reason);
    if (await settlesWithin(this.done, drainMs, hurry?.abort)) return;
    this.#abort.abort(reason);
    if (await settlesWithin(this.done, abortMs + REPORT_MS, hurry?.terminate)) return;
    // Without any, it is a store that does not answer.
    if (this.#inFlight === 0) return;
    warnOf(
      'Agents ignored the abort and run on in this thread: nothing can end them but the end of this process, which they may delay',
      this.#options,
    );
    await reportInterrupted(store, new Set([workerId]), logger);
  }
}
