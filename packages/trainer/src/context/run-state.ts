import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Clock,
  isLightningError,
  LightningError,
  type LightningStore,
  type Logger,
  type NamedResources,
  type RolloutConfigInput,
  systemClock,
} from '@agentlightning/core';
import { type BudgetReached, readBudgetReached } from '../budget/budget-reached.ts';
import type { SpendLedger } from '../budget/spend-ledger.ts';
import type { DatasetRows } from '../dataset-rows.ts';
import { RunFindings } from '../findings/run-findings.ts';
import { Validations } from '../findings/seen-difference.ts';
import { ModelGate } from '../model-calls/model-gate.ts';
import { ModelTrouble } from '../model-calls/model-trouble.ts';
import type { RolloutCounter } from '../rollout-counter.ts';
import type { RunMessage } from '../run-message.ts';
import type { TimeLedger } from '../timing/time-ledger.ts';
import { AgentHealth } from './agent-health.ts';
import { EvaluatedScores } from './evaluated-scores.ts';
import { OutcomeTally } from './outcome-tally.ts';
import { pathKey, type RecordPath, showPath } from './record-path.ts';
import type { RunJournal } from './run-journal.ts';

/** What all contexts of one run share. */
export interface RunStateOptions {
  readonly runId: string;
  /** Every random stream is derived from it and the stream's path. */
  readonly seed: number;
  readonly store: LightningStore;
  readonly journal: RunJournal;
  /**
   * Whether the run can be resumed: its rollouts then stay in the store when it breaks off, to be collected later. Those of a run that cannot are
   * cancelled.
   */
  readonly isResumable: boolean;
  /** Awaited before a record answers: a test can have records answer in another order than the work did. */
  readonly beforeReplay?: () => Promise<void>;
  readonly initialResources: NamedResources;
  /** How long attempts may take and what is tried again. */
  readonly rolloutConfig: RolloutConfigInput;
  readonly signal: AbortSignal;
  /** Aborted when steps in flight are to end as well. Absent: when `signal` is. */
  readonly hurry?: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells the trainer what happens. */
  readonly post: (message: RunMessage) => void;
  /** Which rows of the datasets the tasks of evaluations are. */
  readonly rows: DatasetRows;
  /** Where rollouts are counted. */
  readonly counter: RolloutCounter;
  /** What the run has spent and may spend. */
  readonly ledger: SpendLedger;
  /** Where its time goes. */
  readonly time: TimeLedger;
}

/** What is going on in one line of work: the algorithm's own, or that of a fork. */
export class WorkOwner {
  readonly #pending = new Map<symbol, RecordPath>();
  #refusal: Error | undefined;

  /** Follows a promise until it settles. */
  track<V>(path: RecordPath, work: Promise<V>): Promise<V> {
    const id = Symbol();
    this.#pending.set(id, path);
    const settled = (): void => void this.#pending.delete(id);
    work.then(settled, settled);
    return work;
  }

  /**
   * Ends this line of work: its budget refused it something, so whatever it would do next might be another turn than the run takes with more. Other
   * lines go on with what they were granted.
   */
  refuse(refusal: Error): Error {
    this.#refusal ??= refusal;
    return refusal;
  }

  /** @throws what ended this line of work */
  throwIfRefused(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Paths of what has not settled. */
  pending(): RecordPath[] {
    return [...this.#pending.values()];
  }
}

/** Work beside the algorithm's own. */
export interface Fork {
  /** Resolves when the work has ended, with its failure if it failed. */
  readonly settled: Promise<unknown>;
  /** Whether the algorithm has asked for the result, so that it knows of a failure. */
  isObserved(): boolean;
}

/** The step that is running in this async context, if one is: steps must not use the context. */
export const runningStep = new AsyncLocalStorage<RecordPath>();

/**
 * The part of a run that its contexts share, and the guards that watch over the rules of durable steps: unique keys, nothing of the
 * context inside a step, nothing left pending at the end, and no failure swallowed.
 */
export class RunState {
  readonly options: RunStateOptions;
  readonly #claimed = new Map<string, string>();
  readonly #forks: Fork[] = [];
  readonly #stop = new AbortController();
  readonly #broken = new AbortController();
  readonly #stepsInFlight = new Set<Promise<unknown>>();
  readonly #halt = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #budgetReached: BudgetReached | undefined;
  #modelCalls = 0;

  /** Makes the algorithm's model calls. Time there is the machine's, as the endpoints' is. */
  readonly modelGate: ModelGate;

  /** Says that the agents have no answer of their model. */
  readonly agentTrouble: ModelTrouble;

  /** Notices when the agents cannot work at all. */
  readonly agentHealth = new AgentHealth();

  /** What the evaluations of the run gave. */
  readonly scores: EvaluatedScores;

  /** What makes the scores doubtful. */
  readonly findings: RunFindings;

  /** How candidates did on the whole validation set. */
  readonly validations: Validations;

  /** All outcomes of the run. */
  readonly tally = new OutcomeTally();

  /** Aborted when the run is stopped from outside, when it broke down, and when it halts at its budget: nothing new may begin. */
  readonly signal: AbortSignal;

  /** Aborted when steps in flight have to end unfinished: when the run broke down, or has been stopped for long enough. */
  readonly stepSignal: AbortSignal;

  constructor(options: RunStateOptions) {
    this.options = options;
    const warn = (message: string): void => options.post({ type: 'warning', message });
    this.modelGate = new ModelGate({ trouble: new ModelTrouble("The algorithm's calls have", systemClock, warn) });
    this.agentTrouble = new ModelTrouble('The agents have', options.clock, warn);
    this.scores = new EvaluatedScores(options.runId);
    this.findings = new RunFindings({ keeper: options.journal, ...options });
    this.validations = new Validations(options.rows.sizeOf('val'));
    this.signal = AbortSignal.any([options.signal, this.#stop.signal, this.#halt.signal]);
    this.stepSignal = AbortSignal.any([options.hurry ?? options.signal, this.#broken.signal]);
  }

  /** Where the run met its budget, once it has. */
  get budgetReached(): BudgetReached | undefined {
    return this.#budgetReached;
  }

  /** How many model calls the algorithm has made through steps. */
  get modelCalls(): number {
    return this.#modelCalls;
  }

  /** Counts model calls of the algorithm, those of recorded steps included. */
  countModelCalls(count: number): void {
    if (count === 0) return;
    this.#modelCalls += count;
    this.options.post({ type: 'model-calls', count: this.#modelCalls });
  }

  /**
   * Takes a key for good (rule A), outside any step (rule B), in a run that goes on (rule L).
   * @throws LightningError `ALGORITHM_RULE_BROKEN`, or what stopped the run
   */
  claim(kind: string, path: RecordPath): string {
    this.throwIfStopped();
    const step = runningStep.getStore();
    if (step !== undefined) {
      throw this.poison(
        ruleBroken(
          'B',
          `The ${kind} "${showPath(path)}" was asked for inside the step "${showPath(step)}": a step must not use the context`,
        ),
      );
    }
    const key = pathKey(path);
    const previous = this.#claimed.get(key);
    if (previous !== undefined) {
      throw this.poison(
        ruleBroken(
          'A',
          `The key "${showPath(path)}" is used twice: first for the ${previous}, then for the ${kind} of that name. Keys are unique in a run; name the path with scope()`,
        ),
      );
    }
    this.#claimed.set(key, kind);
    return key;
  }

  /** Stops the run for good: every tool rejects from now on, and the run ends with this error even if it was caught. */
  poison(error: unknown): unknown {
    this.#stop.abort(error);
    // What fails after a stop fails because of it, and is no reason to lose what other steps have paid for. Nor is a model that cannot be used: the run can go on later.
    const isForLater = this.options.signal.aborted || isLightningError(error, 'MODEL_UNAVAILABLE');
    if (!isForLater) this.#broken.abort(error);
    return error;
  }

  /** Follows a step from its beginning until it is recorded. */
  stepInFlight<V>(step: Promise<V>): Promise<V> {
    this.#stepsInFlight.add(step);
    const ended = (): void => void this.#stepsInFlight.delete(step);
    step.then(ended, ended);
    return step;
  }

  /**
   * Waits until the steps in flight are recorded or have failed. Nothing new begins, as the run is stopped.
   * @param limitMs - after which they are ended unfinished; default: never by this
   */
  async drainSteps(limitMs?: number): Promise<void> {
    const timer =
      limitMs === undefined ? undefined : setTimeout(() => this.#broken.abort(this.#stop.signal.reason), limitMs);
    await Promise.allSettled(this.#stepsInFlight);
    clearTimeout(timer);
  }

  /**
   * The budget leaves no room for what was asked: the line of work ends, what was granted before is finished.
   * @param refusal - `BUDGET_REACHED`; anything else stops the run
   */
  refuse(owner: WorkOwner, refusal: unknown): unknown {
    return this.#noteBudget(refusal) ? owner.refuse(refusal) : this.poison(refusal);
  }

  /** The budget is used up, so that not even what waits in the queue may begin. What is in flight is finished. */
  halt(refusal: unknown): unknown {
    if (!this.#noteBudget(refusal)) return this.poison(refusal);
    if (!this.#halt.signal.aborted) {
      this.#halt.abort(refusal);
      this.options.post({ type: 'halt' });
    }
    return refusal;
  }

  /** Follows work until it settles, see {@link settle}. */
  follow<V>(work: Promise<V>): Promise<V> {
    this.#underWay.add(work);
    const settled = (): void => void this.#underWay.delete(work);
    work.then(settled, settled);
    return work;
  }

  /** Waits until nothing is under way any more. @throws what stopped the run meanwhile */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    for (const signal of [this.options.signal, this.#stop.signal]) signal.throwIfAborted();
  }

  /** @throws what stopped the run first, if anything did */
  throwIfStopped(): void {
    this.signal.throwIfAborted();
  }

  /** Registers a fork, which the run waits for at its end. */
  addFork(fork: Fork): void {
    this.#forks.push(fork);
  }

  /**
   * Ends the run: nothing may be pending (rule J), forks are joined (rule K), and what stopped the run is thrown again (rule L).
   * @param owner - the algorithm's own line of work
   */
  async finish(owner: WorkOwner): Promise<void> {
    this.throwIfStopped();
    owner.throwIfRefused();
    this.checkNothingPending(owner, 'The algorithm');
    // A fork may start further forks, so the list may grow while it is walked.
    for (let index = 0; index < this.#forks.length; index += 1) {
      const fork = this.#forks[index]!;
      const failure = await fork.settled;
      if (failure instanceof Error && readBudgetReached(failure) !== undefined) owner.refuse(failure);
      else if (failure !== undefined && !fork.isObserved()) this.poison(failure);
    }
    this.throwIfStopped();
    owner.throwIfRefused();
  }

  /**
   * Sees that every record was asked for again, and is kept. Records that were not are those of another turn than the algorithm took now.
   * @throws LightningError `ALGORITHM_RULE_BROKEN`, or what kept a record from being kept
   */
  async checkRecords(): Promise<void> {
    const orphans = [...this.options.journal.keys()].filter((key) => !this.#claimed.has(key));
    if (orphans.length > 0) {
      const shown = orphans.slice(0, 5).map((key) => `"${showPath(JSON.parse(key) as RecordPath)}"`);
      const more = orphans.length > shown.length ? ` and ${orphans.length - shown.length} more` : '';
      throw this.poison(
        ruleBroken(
          'H',
          `The algorithm took another turn than in the recorded run: it did not ask for ${shown.join(', ')}${more}`,
        ),
      );
    }
    await this.options.journal.flush();
  }

  #noteBudget(refusal: unknown): refusal is Error {
    const reached = readBudgetReached(refusal);
    if (reached === undefined) return false;
    if (this.#budgetReached === undefined) {
      this.#budgetReached = reached;
      this.options.post({ type: 'budget-reached', reached });
    }
    return true;
  }

  /** @throws LightningError `ALGORITHM_RULE_BROKEN` when work of this owner is pending */
  checkNothingPending(owner: WorkOwner, who: string): void {
    const pending = owner.pending();
    if (pending.length > 0) {
      const keys = pending.map((path) => `"${showPath(path)}"`).join(', ');
      throw this.poison(
        ruleBroken('J', `${who} returned while work was pending: ${keys}. Await it, or start it with fork()`),
      );
    }
  }
}

/** An error that names the rule an algorithm broke. Rules are listed in the guide on writing algorithms. */
export function ruleBroken(rule: string, message: string): LightningError {
  return new LightningError('ALGORITHM_RULE_BROKEN', message, { details: { rule } });
}

/** Whether an algorithm may catch it and go on: only the recorded failure of a step. */
export function isStepFailure(error: unknown): error is LightningError {
  return isLightningError(error, 'STEP_FAILED');
}
