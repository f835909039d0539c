import {
  type AlgorithmContext,
  type AlgorithmEvent,
  type BestOffer,
  canonicalHash,
  createRng,
  type Dataset,
  type EvaluateRequest,
  type Evaluation,
  failpoint,
  findNonJson,
  type Job,
  type Json,
  type Jsonable,
  LightningError,
  type LightningStore,
  type Logger,
  type NamedResources,
  namedResourcesToWire,
  parseNamedResources,
  type Rng,
  type StepScope,
  type TraceAdapter,
} from '@agentlightning/core';
import { readBudgetReached } from '../budget/budget-reached.ts';
import type { PaidCall } from '../budget/spend-ledger.ts';
import { StepModelErrors } from '../model-calls/step-model-errors.ts';
import { RunningEvaluation } from './evaluation.ts';
import { derivedUuid, type RecordPath, showPath } from './record-path.ts';
import type { StepRecord } from './run-journal.ts';
import { isStepFailure, type RunState, ruleBroken, runningStep, WorkOwner } from './run-state.ts';
import { snapshotIdOf } from './snapshot-id.ts';

/** Largest result of a step, in characters of JSON. What is bigger belongs into a resource or a file. */
const MAX_STEP_RESULT_CHARS = 1024 * 1024;

/** What an algorithm is given to work on. */
export interface AlgorithmInputs<TTask> {
  readonly trainDataset: Dataset<TTask>;
  readonly valDataset: Dataset<TTask>;
  readonly adapter: TraceAdapter<unknown> | undefined;
  /** For an algorithm that declares `durable: false`, which drives it by itself. */
  readonly store?: LightningStore;
}

/** The algorithm context over a {@link RunState}: see `AlgorithmContext` in core for what each tool promises. */
export class RunContext<TTask> implements AlgorithmContext<TTask> {
  readonly trainDataset: Dataset<TTask>;
  readonly valDataset: Dataset<TTask>;
  readonly initialResources: NamedResources;
  readonly adapter: TraceAdapter<unknown> | undefined;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly #run: RunState;
  readonly #inputs: AlgorithmInputs<TTask>;
  readonly #path: RecordPath;
  readonly #owner: WorkOwner;

  constructor(run: RunState, inputs: AlgorithmInputs<TTask>, owner: WorkOwner, path: RecordPath = []) {
    this.#run = run;
    this.#inputs = inputs;
    this.#owner = owner;
    this.#path = path;
    this.trainDataset = inputs.trainDataset;
    this.valDataset = inputs.valDataset;
    this.adapter = inputs.adapter;
    this.initialResources = run.options.initialResources;
    this.signal = run.signal;
    this.logger = run.options.logger;
    // Only there for those who may use it: on a replay it would show the future.
    if (inputs.store !== undefined) Object.defineProperty(this, 'store', { value: inputs.store });
  }

  scope(...path: (string | number)[]): RunContext<TTask> {
    return new RunContext(this.#run, this.#inputs, this.#owner, [...this.#path, ...path]);
  }

  step<const V>(key: string, input: Json, fn: (step: StepScope) => Promise<V & Jsonable<V>>): Promise<V> {
    return this.#tracked(key, 'step', (path, recordKey) => this.#runStep(path, recordKey, input, fn) as Promise<V>);
  }

  evaluate(key: string, request: EvaluateRequest<TTask>): Evaluation<TTask> {
    const path = this.#at(key);
    const recordKey = this.#claim('evaluation', path);
    const evaluation = new RunningEvaluation(this.#run, this.#owner, { path, recordKey, request });
    void this.#run.follow(this.#owner.track(path, evaluation.outcomes()));
    return evaluation;
  }

  random(key: string): Rng {
    const path = this.#at(key);
    this.#claim('random stream', path);
    return createRng(JSON.stringify([this.#run.options.seed, ...path]));
  }

  now(key: string): Promise<number> {
    return this.step(key, null, async () => this.#run.options.clock.now());
  }

  fork<V>(key: string, fn: (context: AlgorithmContext<TTask>) => Promise<V>): Job<V> {
    const path = this.#at(key);
    this.#claim('fork', path);
    const owner = new WorkOwner();
    const work = (async () => {
      const value = await fn(new RunContext(this.#run, this.#inputs, owner, path));
      owner.throwIfRefused();
      this.#run.checkNothingPending(owner, `The fork "${showPath(path)}"`);
      return value;
    })();
    void this.#run.follow(work);
    let isObserved = false;
    this.#run.addFork({
      // Whoever awaits the result late, or never, must not be ended by an unhandled rejection: the run hears of the failure here.
      settled: work.then(
        () => undefined,
        (error: unknown) => {
          if (!isStepFailure(error) && readBudgetReached(error) === undefined) this.#run.poison(error);
          return error;
        },
      ),
      isObserved: () => isObserved,
    });
    return {
      get result() {
        isObserved = true;
        return work;
      },
    };
  }

  emit(key: string, event: AlgorithmEvent): void {
    const path = this.#at(key);
    const recordKey = this.#claim('event', path);
    checkJson(event, `the event "${showPath(path)}"`);
    const { journal, post, runId } = this.#run.options;
    const isReplay = !journal.putEvent(recordKey);
    const resourcesId =
      event.type === 'candidate-proposed' ? snapshotIdOf(runId, parseNamedResources(event.candidate)) : undefined;
    post({
      type: 'algorithm-event',
      key: showPath(path),
      event,
      ...(resourcesId === undefined ? {} : { resourcesId }),
      ...(isReplay ? { isReplay } : {}),
    });
  }

  offerBest(offer: BestOffer): void {
    this.#run.throwIfStopped();
    this.#owner.throwIfRefused();
    if (!Number.isFinite(offer.score)) {
      throw new RangeError(
        `Cannot offer a candidate as 'score' must be a finite number: current value is ${offer.score}`,
      );
    }
    const { journal, post } = this.#run.options;
    const best = journal.getBest();
    const isBetter =
      best === undefined || offer.score > best.score || (offer.score === best.score && offer.rank < best.rank);
    if (!isBetter) return;
    const candidate = namedResourcesToWire(offer.candidate) as unknown as Json;
    const { score, version, rank } = offer;
    const { interval, tasks } = this.#run.scores.of(offer.candidate, score);
    failpoint('best.offered');
    journal.putBest({ score, rank, version, candidate, interval, tasks });
    post({ type: 'best', score, interval, tasks, version, candidate });
  }

  async #runStep<V>(path: RecordPath, recordKey: string, input: Json, fn: (step: StepScope) => Promise<V>): Promise<V> {
    const { journal } = this.#run.options;
    checkJson(input, `the input of step "${showPath(path)}"`);
    const inputHash = canonicalHash(input);
    const recorded = journal.getStep(recordKey);
    if (recorded !== undefined) {
      if (recorded.inputHash === inputHash) {
        await this.#run.options.beforeReplay?.();
        this.#run.countModelCalls(recorded.modelCalls);
        return answer<V>(path, recorded);
      }
      throw this.#run.poison(
        ruleBroken(
          'I',
          `The step "${showPath(path)}" was recorded with other inputs: the algorithm took another turn than in the recorded run`,
        ),
      );
    }
    return answer<V>(path, await this.#run.stepInFlight(this.#executeAndRecord(path, recordKey, inputHash, fn)));
  }

  async #executeAndRecord(
    path: RecordPath,
    recordKey: string,
    inputHash: string,
    fn: (step: StepScope) => Promise<unknown>,
  ): Promise<StepRecord> {
    const record = await this.#execute(path, inputHash, fn);
    failpoint('step.beforeCommit');
    try {
      await this.#run.options.journal.putStep(recordKey, record);
    } catch (error) {
      throw this.#run.poison(error);
    }
    failpoint('step.afterCommit');
    return record;
  }

  async #execute(path: RecordPath, inputHash: string, fn: (step: StepScope) => Promise<unknown>): Promise<StepRecord> {
    const { ledger } = this.#run.options;
    const signal = this.#run.stepSignal;
    let modelCalls = 0;
    let replies = 0;
    let refusal: Error | undefined;
    const modelErrors = new StepModelErrors();
    const scope: StepScope = {
      signal,
      idempotencyKey: derivedUuid(this.#run.options.runId, ...path),
      llm: async (call, options = {}) => {
        const each = async <R>(request: () => Promise<R>): Promise<R> => {
          const paid = await ledger.openCall(showPath(path), options, signal).catch((error: Error) => {
            refusal ??= error;
            throw error;
          });
          modelCalls += 1;
          this.#run.countModelCalls(1);
          return await notedIn(paid, request);
        };
        // Without a further call the replies that the step has would be bought again.
        const stop = replies === 0 ? this.signal : signal;
        try {
          const reply = await this.#run.options.time.optimizerCall(() =>
            this.#run.modelGate.call(call, options, { stop, abort: signal, each }),
          );
          replies += 1;
          return reply;
        } catch (error) {
          modelErrors.note(error, options);
          throw error;
        }
      },
    };
    try {
      const value = await runningStep.run(path, () => fn(scope));
      // Whatever the step made of it: what it was not allowed to ask must not decide about what is recorded.
      if (refusal !== undefined) throw refusal;
      const where = `the result of step "${showPath(path)}"`;
      checkJson(value, where);
      const json = JSON.stringify(value);
      if (json.length > MAX_STEP_RESULT_CHARS) {
        throw ruleBroken(
          'C',
          `The result of step "${showPath(path)}" is too large: ${json.length} characters of JSON, at most ${MAX_STEP_RESULT_CHARS}`,
        );
      }
      return { inputHash, modelCalls, outcome: { type: 'value', json } };
    } catch (error) {
      if (refusal !== undefined || !isStepFailure(error)) {
        // What ends with the run is no failure of a model.
        const failure = signal.aborted ? error : modelErrors.toThrow(error, showPath(path));
        throw this.#run.refuse(this.#owner, refusal ?? failure);
      }
      return {
        inputHash,
        modelCalls,
        outcome: {
          type: 'failure',
          message: error.message,
          details: JSON.parse(JSON.stringify(error.details)) as Json,
        },
      };
    }
  }

  /** Claims the key at once, and follows the work until it settles. */
  #tracked<V>(key: string, kind: string, work: (path: RecordPath, recordKey: string) => Promise<V>): Promise<V> {
    const path = this.#at(key);
    const recordKey = this.#claim(kind, path);
    const promise = work(path, recordKey);
    // A failure stops the run through its state; a promise that nobody awaits must not end the process on top of it.
    promise.catch(() => {});
    return this.#run.follow(this.#owner.track(path, promise));
  }

  #claim(kind: string, path: RecordPath): string {
    this.#owner.throwIfRefused();
    return this.#run.claim(kind, path);
  }

  #at(key: string): RecordPath {
    return [...this.#path, key];
  }
}

/** Makes a call that is in the ledger, and has it know what became of it. */
async function notedIn<V>(paid: PaidCall, request: () => Promise<V>): Promise<V> {
  try {
    const reply = await request();
    paid.answered(reply);
    return reply;
  } catch (error) {
    paid.failed(error);
    throw error;
  }
}

/** What a record answers: always the stored bytes, so that the first pass and a replay see the same. */
function answer<V>(path: RecordPath, record: StepRecord): V {
  const { outcome } = record;
  if (outcome.type === 'value') return JSON.parse(outcome.json) as V;
  throw new LightningError('STEP_FAILED', outcome.message, {
    details: { ...(outcome.details as Record<string, unknown>), step: showPath(path) },
  });
}

/** Rule C: what is recorded survives JSON unchanged. */
function checkJson(value: unknown, where: string): void {
  const problem = findNonJson(value);
  if (problem !== undefined) throw ruleBroken('C', `${capitalised(where)} must be JSON: ${problem} ($ stands for it)`);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
