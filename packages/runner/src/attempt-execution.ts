import {
  type Agent,
  type AttemptedRollout,
  type AttemptPatch,
  type AttemptReport,
  type Clock,
  type ClockTimer,
  ENDPOINT_REASONS,
  type EndpointReason,
  exceptionDraft,
  failpoint,
  isLightningError,
  LightningError,
  type LightningStore,
  type Logger,
  type NamedResources,
  newTraceId,
  type RolloutContext,
  type RolloutResult,
  type Span,
  type SpanInput,
  type SpanSink,
  secretsOf,
  type Trace,
  type Tracer,
} from '@agentlightning/core';
import { runInAttempt } from './attempt-context.ts';
import type { ClaimBrake } from './claim-brake.ts';
import { EndpointWatch } from './endpoint-watch.ts';
import { HOOK_TIMEOUT_MS, type Hooks } from './hooks.ts';
import { runAgent } from './lit-agent.ts';
import { type Redactor, redactorOf } from './redact-secrets.ts';
import type { ResourcesCache } from './resources-cache.ts';
import { resultDrafts } from './rollout-result.ts';
import { SpanExporter } from './span-exporter.ts';
import type { SpanOutbox } from './span-outbox.ts';
import { retryWhileUnavailable, type StoreRetryOptions } from './store-retry.ts';
import { settlesWithin } from './waiting.ts';

/** What the attempts of a runner have in common. */
export interface AttemptEnvironment {
  readonly agent: Agent;
  readonly store: LightningStore;
  readonly tracer: Tracer;
  readonly hooks: Hooks;
  readonly resources: ResourcesCache;
  readonly outbox: SpanOutbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds an agent is given to end after its signal was aborted. */
  readonly abortGraceMs: number;
  /** Milliseconds to come back to a store that cannot be reached. */
  readonly outageBudgetMs: number;
  /** Held when the agents' model endpoint asks to be left alone, or is in trouble. */
  readonly brake: ClaimBrake;
  /** Aborted when the runner is to end now; the store is then asked once more, and not again. */
  readonly hurry: AbortSignal;
}

/** How an attempt ended. */
export type AttemptOutcome =
  /** The agent returned a rollout result. */
  | { readonly kind: 'succeeded'; readonly reason?: EndpointReason }
  /** The agent threw, returned something else, or could not be given its resources. With a reason it says nothing about the task. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly reason?: EndpointReason }
  /** Its time was up, the runner is ending, or the store says that it no longer counts. Whatever the agent did then is dropped. */
  | Interruption;

/** One that the store is told: all but an attempt that no longer counts. */
type ReportedOutcome = Exclude<AttemptOutcome, { readonly kind: 'fenced' }>;

/** Why an attempt was stopped from outside. */
export type Interruption = InterruptionOf<'timeout'> | InterruptionOf<'shutdown'> | InterruptionOf<'fenced'>;

interface InterruptionOf<Kind extends string> {
  readonly kind: Kind;
  /** The reason that the agent's signal shows. */
  readonly error: LightningError;
}

/** More than any agent has keys; one that makes a new one for each call does not slow the runner down. */
const MAX_SECRETS = 64;

/** Longest text of an error in the metadata of an attempt, in characters. */
const MAX_ERROR_LENGTH = 1000;

/** Where spans of an attempt go: those of its tracer by way of the watch. */
interface AttemptSinks {
  readonly exporter: SpanExporter;
  readonly watch: EndpointWatch;
}

type Settled = { readonly value: RolloutResult } | { readonly error: unknown };

/** One attempt, from its claim to its report. */
export class AttemptExecution {
  readonly rollout: AttemptedRollout;
  readonly #environment: AttemptEnvironment;
  readonly #logger: Logger;
  readonly #claimedAt = performance.now();
  readonly #startedAt: number;
  readonly #signal = new AbortController();
  /** Begins the grace period of an agent that works. */
  #onInterrupted: (() => void) | undefined;
  #interruption: Interruption | undefined;
  #isLeftBehind = false;
  readonly #secrets = new Set<string>();
  #hasAgentEnded = false;
  #redact: Redactor = redactorOf([]);

  constructor(rollout: AttemptedRollout, environment: AttemptEnvironment) {
    this.rollout = rollout;
    this.#environment = environment;
    this.#logger = environment.logger;
    this.#startedAt = environment.clock.now();
  }

  /** Whether the agent ignored the abort and goes on, although its attempt has ended. */
  get isLeftBehind(): boolean {
    return this.#isLeftBehind;
  }

  /**
   * Stops the attempt: its signal is aborted, and the slot is free at the latest when the grace period is over. The first reason counts. An agent that has
   * ended before is not interrupted any more: what it came to is reported, unless the store says that it no longer counts.
   */
  interrupt(interruption: Interruption): void {
    if (this.#interruption !== undefined) return;
    if (this.#hasAgentEnded && interruption.kind !== 'fenced') return;
    this.#interruption = interruption;
    this.#signal.abort(interruption.error);
    this.#onInterrupted?.();
  }

  /** Executes and reports. Whatever agent, hooks, tracer and store do is an outcome; a rejection is a defect. */
  async run(): Promise<AttemptOutcome> {
    const { timeoutSeconds } = this.rollout.config;
    const deadline =
      timeoutSeconds === null
        ? undefined
        : this.#environment.clock.setTimer(timeoutSeconds * 1000, () => this.interrupt(timedOut(timeoutSeconds)));
    try {
      return await this.#execute();
    } finally {
      deadline?.cancel();
    }
  }

  async #execute(): Promise<AttemptOutcome> {
    const { agent, hooks } = this.#environment;
    const { rollout } = this;
    failpoint('attempt.claimed');
    await hooks.call('onRolloutStart', { rollout, agent });
    const traceId = newTraceId();
    const resources = await this.#readResources();
    const exporter = this.#exporter(traceId);
    const watch = new EndpointWatch({
      sink: exporter,
      brake: this.#environment.brake,
      clock: this.#environment.clock,
      conceal: (secrets) => this.#conceal(secrets),
    });
    const settled = 'error' in resources ? resources : await this.#trace(resources.value, traceId, { exporter, watch });
    const outcome = this.#judge(settled, { exporter, watch });
    this.#tellBrake(outcome);
    failpoint('attempt.judged');
    if (outcome.kind === 'fenced') await exporter.close();
    else await this.#report(outcome, exporter);
    if (exporter.lostSpans > 0) {
      this.#logger.warn({ lostSpans: exporter.lostSpans }, 'Spans of an attempt could not be stored');
    }
    if (hooks.has('onRolloutEnd')) {
      const status = outcome.kind === 'succeeded' ? 'succeeded' : 'failed';
      await hooks.call('onRolloutEnd', { rollout, agent, status, spans: await this.#storedSpans() });
    }
    return outcome;
  }

  async #readResources(): Promise<{ readonly value: NamedResources } | { readonly error: unknown }> {
    const { rollout } = this;
    try {
      const value = await retryWhileUnavailable(
        () => this.#environment.resources.get(rollout, this.#claimedAt),
        this.#retryOptions(this.#signal.signal),
      );
      this.#conceal(secretsOf(value));
      return { value };
    } catch (error) {
      return { error };
    }
  }

  /** Has secrets taken out of all that is recorded from now on. */
  #conceal(secrets: readonly string[]): void {
    const known = this.#secrets.size;
    for (const secret of secrets) if (known < MAX_SECRETS) this.#secrets.add(secret);
    if (this.#secrets.size > known) this.#redact = redactorOf(this.#secrets);
  }

  #exporter(traceId: string): SpanExporter {
    const { outbox, clock, outageBudgetMs, hurry } = this.#environment;
    const { rolloutId, attempt } = this.rollout;
    return new SpanExporter({
      outbox,
      target: { rolloutId, attemptId: attempt.attemptId, traceId },
      redactor: () => this.#redact,
      clock,
      logger: this.#logger,
      outageBudgetMs,
      signal: hurry,
    });
  }

  /** Runs the agent below a trace, between the hooks of the trace. A tracer that fails leaves the agent without a trace, and no more. */
  async #trace(resources: NamedResources, traceId: string, { exporter, watch }: AttemptSinks): Promise<Settled> {
    const { agent, hooks, clock } = this.#environment;
    const { rollout } = this;
    const trace = this.#startTrace(traceId, watch);
    await hooks.call('onTraceStart', { rollout, agent });
    const settled =
      this.#interruption ?? (await this.#agentOrGrace(this.#runAgent(resources, traceId, exporter, trace)));
    await hooks.call('onTraceEnd', { rollout, agent });
    try {
      if (trace !== undefined && !(await settlesWithin(clock, HOOK_TIMEOUT_MS, trace.end()))) {
        this.#logger.warn({}, 'The tracer takes too long to close a trace and is not waited for');
      }
    } catch (error) {
      this.#tracerFailed(error);
    }
    return settled;
  }

  #startTrace(traceId: string, sink: SpanSink): Trace | undefined {
    const { rolloutId, attempt } = this.rollout;
    try {
      return this.#environment.tracer.startTrace({ rolloutId, attemptId: attempt.attemptId, traceId, sink });
    } catch (error) {
      this.#tracerFailed(error);
      return undefined;
    }
  }

  /** Runs the agent once, whatever the tracer does with it. Never rejects. */
  #runAgent(
    resources: NamedResources,
    traceId: string,
    sink: SpanExporter,
    trace: Trace | undefined,
  ): Promise<Settled> {
    const { agent } = this.#environment;
    const context: RolloutContext = { ...this.rollout, signal: this.#signal.signal };
    const done = Promise.withResolvers<Settled>();
    let started = false;
    const start = async (): Promise<void> => {
      if (started) return;
      started = true;
      const attempt = { rollout: context, traceId, sink, logger: this.#logger };
      try {
        const work = async (): Promise<RolloutResult> => {
          // The first line of the agent is a continuation of its own context then, as all later ones are: whoever asks whose turn it is, is told.
          await Promise.resolve();
          return runAgent(agent, context.input, resources, context);
        };
        done.resolve({ value: await runInAttempt(attempt, work) });
      } catch (error) {
        done.resolve({ error });
      }
    };
    const traced = async (): Promise<void> => {
      try {
        await trace?.run(start);
      } catch (error) {
        this.#tracerFailed(error);
      }
      await start();
    };
    void traced();
    return done.promise;
  }

  /** What the agent came to, or the interruption when it goes on past the grace period. */
  async #agentOrGrace(agent: Promise<Settled>): Promise<Settled> {
    const { clock, abortGraceMs } = this.#environment;
    const { promise, resolve } = Promise.withResolvers<Settled | undefined>();
    let grace: ClockTimer | undefined;
    this.#onInterrupted = () => {
      grace = clock.setTimer(abortGraceMs, () => resolve(undefined));
    };
    // Its own first lines may have had it interrupted.
    if (this.#interruption !== undefined) this.#onInterrupted();
    void agent.then(resolve);
    const result = await promise;
    this.#onInterrupted = undefined;
    grace?.cancel();
    if (result !== undefined) {
      this.#hasAgentEnded = true;
      return result;
    }
    this.#isLeftBehind = true;
    this.#logger.warn(
      { rolloutId: this.rollout.rolloutId },
      'An agent ignores the abort of its signal and is left behind',
    );
    return this.#interruption!;
  }

  #judge(settled: Settled, { exporter, watch }: AttemptSinks): AttemptOutcome {
    // An interrupted agent may still return, or throw because of the abort: either says nothing about the task.
    if (this.#interruption !== undefined) return this.#interruption;
    try {
      if ('error' in settled) throw settled.error;
      for (const draft of resultDrafts(settled.value)) exporter.add(draft);
      return withReason({ kind: 'succeeded' }, watch.reason(undefined));
    } catch (error) {
      exporter.add(exceptionDraft(asPlainError(error)));
      return withReason({ kind: 'failed', error }, watch.reason({ error }));
    }
  }

  #tellBrake(outcome: AttemptOutcome): void {
    if (outcome.kind !== 'succeeded' && outcome.kind !== 'failed') return;
    if (outcome.reason === undefined) this.#environment.brake.passed();
    else if (outcome.reason === ENDPOINT_REASONS.outage) this.#environment.brake.lost(this.#startedAt);
  }

  async #report(outcome: ReportedOutcome, exporter: SpanExporter): Promise<void> {
    const { rolloutId } = this.rollout;
    try {
      const { outcome: effect } = await this.#sendReport(outcome, exporter);
      failpoint('report.after');
      if (effect !== 'applied')
        this.#logger.info({ rolloutId, effect }, 'An attempt was reported that no longer counts');
    } catch (error) {
      // Nobody is left to tell; the store finds out by the deadlines of the rollout.
      if (isLightningError(error, 'STORE_CLOSING'))
        this.#logger.debug({ err: error }, 'The store closed before a report');
      else this.#logger.error({ err: error, rolloutId }, 'An attempt could not be reported');
    }
  }

  async #sendReport(outcome: ReportedOutcome, exporter: SpanExporter): Promise<AttemptReport> {
    const spans = await exporter.takeLast();
    failpoint('report.before');
    try {
      return await this.#updateAttempt(this.#patch(outcome, exporter.lostSpans), spans);
    } catch (error) {
      if (spans.length === 0 || !isLightningError(error, 'INVALID_ARGUMENT')) throw error;
      // A span that the store refuses must take neither the others nor the report along.
      await exporter.store(spans);
      return await this.#updateAttempt(this.#patch(outcome, exporter.lostSpans), []);
    }
  }

  #updateAttempt(patch: AttemptPatch, spans: readonly SpanInput[]): Promise<AttemptReport> {
    const { store, hurry } = this.#environment;
    const { rolloutId, attempt } = this.rollout;
    return retryWhileUnavailable(
      () => store.updateAttempt(rolloutId, attempt.attemptId, patch, { spans }),
      this.#retryOptions(hurry),
    );
  }

  #patch(outcome: ReportedOutcome, lostSpans: number): AttemptPatch {
    const facts = {
      ...(lostSpans > 0 ? { lostSpans } : {}),
      ...('error' in outcome ? { error: this.#describe(outcome.error) } : {}),
      ...(outcome.kind === 'shutdown' ? { reason: 'shutdown' } : {}),
      ...(outcome.kind === 'timeout' ? { reason: 'timeout' } : {}),
      ...('reason' in outcome ? { reason: outcome.reason } : {}),
    };
    return {
      status: outcome.kind === 'shutdown' ? 'unresponsive' : outcome.kind,
      ...(Object.keys(facts).length > 0 ? { metadata: { ...this.rollout.attempt.metadata, ...facts } } : {}),
    };
  }

  #describe(thrown: unknown): string {
    const { name, message } = asPlainError(thrown);
    return this.#redact(`${name}: ${message}`).slice(0, MAX_ERROR_LENGTH);
  }

  async #storedSpans(): Promise<readonly Span[]> {
    const { rolloutId, attempt } = this.rollout;
    try {
      return (await this.#environment.store.querySpans({ rolloutId, attemptId: attempt.attemptId })).items;
    } catch (error) {
      this.#logger.warn({ err: error }, 'The spans of an attempt could not be read for its hooks');
      return [];
    }
  }

  #tracerFailed(error: unknown): void {
    this.#logger.error({ err: error, tracer: this.#environment.tracer.name }, 'The tracer failed');
  }

  #retryOptions(signal: AbortSignal): StoreRetryOptions {
    const { clock, outageBudgetMs } = this.#environment;
    return { clock, logger: this.#logger, budgetMs: outageBudgetMs, signal };
  }
}

function withReason<O extends AttemptOutcome>(outcome: O, reason: EndpointReason | undefined): O {
  return reason === undefined ? outcome : { ...outcome, reason };
}

function timedOut(timeoutSeconds: number): Interruption {
  return {
    kind: 'timeout',
    error: new LightningError('TIMEOUT', `The rollout took longer than its limit of ${timeoutSeconds} s`),
  };
}

/** An error that can be described. What agents throw need not be one, and need not even be convertible to text. */
function asPlainError(thrown: unknown): Error {
  try {
    // Reading what will be recorded finds out whether it can be read.
    if (thrown instanceof Error && `${thrown.name}${thrown.message}${thrown.stack}` !== '') return thrown;
    return new Error(`Something other than an Error was thrown: ${String(thrown)}`);
  } catch {
    return new Error('Something was thrown that cannot be described');
  }
}
