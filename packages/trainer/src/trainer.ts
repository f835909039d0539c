import {
  type Algorithm,
  Baseline,
  checkDataset,
  type Dataset,
  isLightningError,
  type Json,
  LightningError,
  type ModuleSource,
  type NamedResources,
  namedResourcesToWire,
  ROLLOUT_MODES,
  type RolloutMode,
  type RunnerBundle,
  refuseInSecondCopy,
  refuseUnknownOptions,
  scoreOf,
  systemClock,
} from '@agentlightning/core';
import type { Finding, Score } from '@agentlightning/core/run';
import { isRunnerThread, siblingUrl } from '@agentlightning/execution';
import { currentRollout, instanceSource } from '@agentlightning/runner';
import type { AlgorithmJobData } from './algorithm-main.ts';
import { mergeBudgets } from './budget/budget.ts';
import { checkBudgetBeforeWork, servedModels } from './budget/check-before-work.ts';
import { tellPlanIfAsked } from './budget/plan-request.ts';
import { checkPlanOptions, type PlanAssumptions, type PlanOptions, planRun, type RunPlan } from './budget/plan-run.ts';
import { concludeRun, isMaxRolloutsReached } from './conclude-run.ts';
import { type EvaluatedTask, EvaluationAlgorithm } from './evaluation-algorithm.ts';
import {
  type AgentInput,
  checkAgent,
  checkDatasets,
  checkFitOptions,
  checkSignal,
  type FitOptions,
  loadableAgent,
} from './fit-options.ts';
import type { FitResult, StopReason } from './fit-result.ts';
import { Interruption } from './interruption.ts';
import { LastTold } from './last-told.ts';
import { receiveMessage } from './receive-message.ts';
import { type AlgorithmJob, type AlgorithmReport, runAlgorithm } from './run-algorithm.ts';
import { endWithStatusOf } from './run-directory/exit-status.ts';
import { keepingIn } from './run-directory/keeping-in.ts';
import { newRunId, openForRun, resumeRequestFor } from './run-directory/open-for-run.ts';
import { isPausedRun } from './run-directory/paused-run.ts';
import { isResumedFromOutside } from './run-directory/resume-request.ts';
import type { RunDirectory } from './run-directory/run-directory.ts';
import { withRecords } from './run-directory/with-records.ts';
import type { RunMessage } from './run-message.ts';
import { RunStream } from './run-stream.ts';
import type { TrainerEvent } from './trainer-event.ts';
import {
  checkNamedResources,
  type ResolvedTrainerOptions,
  resolveTrainerOptions,
  type TrainerOptions,
} from './trainer-options.ts';

/** How a prompt did outside of `fit()`. */
export interface EvaluationResult<TTask> {
  readonly score: Score;
  /** One per task, in order. */
  readonly outcomes: readonly EvaluatedTask<TTask>[];
  /** As of `FitResult`. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  readonly stopReason: StopReason;
}

/**
 * Brings an algorithm, an agent, a store and an execution strategy together and runs them. It holds no training logic.
 *
 * @example
 * ```ts
 * const trainer = new Trainer({
 *   algorithm: new APO(new OpenAI()),
 *   nRunners: 8,
 *   initialResources: { prompt_template: new PromptTemplate({ template: 'Answer: {question}', engine: 'f-string' }) },
 * });
 * const run = await trainer.fit(new MyAgent(), trainTasks, { valDataset: valTasks });
 * console.log(run.result.bestPrompt.template, run.result.bestScore);
 * ```
 *
 * Mirrors upstream `Trainer` (v0.3.0), whose `fit` returned nothing.
 */
export class Trainer<TTask = unknown, TResult = undefined> {
  readonly #options: ResolvedTrainerOptions<TTask, TResult>;
  #isRunning = false;

  /** @throws TypeError or RangeError naming the option, its value, and what is wanted */
  constructor(options: TrainerOptions<TTask, TResult> = {}) {
    this.#options = resolveTrainerOptions(options);
  }

  /**
   * Trains: runs the algorithm to its end while runners execute the agent.
   *
   * Ctrl-C makes it resolve early with `stopReason: 'interrupted'` and the best so far, each further one sooner, see `handleSignals`. With everything that stops a run
   * against its will it rejects; what the algorithm knew by then is still on the algorithm object.
   *
   * @throws LightningError `DATASET_INVALID`, `RESOURCES_INVALID`, `SOURCE_NOT_LOADABLE`, `RUN_NOT_ALLOWED` before any work;
   *   `MODEL_UNAVAILABLE`, `RUNNERS_LOST`, `UNAVAILABLE`, `ALGORITHM_RULE_BROKEN` later
   */
  fit(
    agent: AgentInput<TTask>,
    trainDataset?: Dataset<TTask>,
    options: FitOptions<TTask> = {},
  ): Promise<FitResult<TResult>> {
    return this.stream(agent, trainDataset, options).result;
  }

  /** As {@link fit}, with everything that happens on the way: iterate it, then read its `result`. */
  stream(agent: AgentInput<TTask>, trainDataset?: Dataset<TTask>, options: FitOptions<TTask> = {}): RunStream<TResult> {
    return new RunStream((publish) =>
      this.#run(this.#options.algorithm, agent, trainDataset ?? [], options, this.#options.initialResources, publish),
    );
  }

  /**
   * Tells what `fit` with the same arguments is going to take: rollouts, model calls, and with `prices` what it costs at most, with the parts that they are the
   * sum of. Asks no model, runs nothing, and opens nothing.
   *
   * @param _agent - not looked at: here so that `fit` becomes `plan` by its name alone
   * @throws TypeError or RangeError naming the option, its value, and what is wanted; LightningError `DATASET_INVALID`
   */
  plan(
    _agent: AgentInput<TTask> | undefined,
    trainDataset: Dataset<TTask> | undefined,
    options: PlanOptions<TTask> = {},
  ): RunPlan {
    checkPlanOptions(options);
    const { algorithm } = this.#options;
    const { valDataset, testDataset, ...assume } = options;
    checkDatasets(algorithm, trainDataset ?? [], {
      ...(valDataset === undefined ? {} : { valDataset }),
      ...(testDataset === undefined ? {} : { testDataset }),
    });
    return this.#plan(algorithm, trainDataset ?? [], options, assume);
  }

  #plan(
    algorithm: Algorithm<TTask, unknown> | undefined,
    trainDataset: Dataset<TTask>,
    { valDataset, testDataset }: Pick<FitOptions<TTask>, 'valDataset' | 'testDataset'>,
    assume: PlanAssumptions,
  ): RunPlan {
    const { nRunners, prices, initialResources } = this.#options;
    return planRun({
      algorithm: algorithm?.name ?? null,
      plan: algorithm?.plan?.({ trainTasks: trainDataset.length, valTasks: valDataset?.length ?? 0 }),
      testTasks: testDataset?.length ?? 0,
      nRunners,
      prices,
      servedModels: servedModels(initialResources),
      assume,
    });
  }

  /**
   * A quick look before the real thing: runs the initial resources over the data with the `Baseline` algorithm, whatever algorithm
   * the trainer has. Mirrors upstream `Trainer.dev`.
   */
  dev(
    agent: AgentInput<TTask>,
    trainDataset: Dataset<TTask>,
    options: FitOptions<TTask> = {},
  ): Promise<FitResult<ReturnType<Baseline<TTask>['restore']>>> {
    const { initialResources } = this.#options;
    return new RunStream<ReturnType<Baseline<TTask>['restore']>>((publish) =>
      this.#run(
        new Baseline<TTask>(),
        agent,
        trainDataset ?? [],
        { runDirectory: null, ...options },
        initialResources,
        publish,
      ),
    ).result;
  }

  /**
   * Scores resources outside of training.
   *
   * @param options.resources - merged over the trainer's initial resources; for instance a prompt that was loaded from a file
   * @param options.mode - what the agent is told the rollouts are for, default `test`
   */
  async evaluate(
    agent: AgentInput<TTask>,
    dataset: Dataset<TTask>,
    options: { readonly resources?: NamedResources; readonly mode?: RolloutMode; readonly signal?: AbortSignal } = {},
  ): Promise<EvaluationResult<TTask>> {
    const action = 'Cannot evaluate';
    refuseUnknownOptions(action, options, ['resources', 'mode', 'signal']);
    checkSignal(action, options.signal);
    checkDataset('dataset', dataset);
    checkNamedResources(action, 'resources', options.resources ?? {});
    const resources = { ...this.#options.initialResources, ...options.resources };
    const { mode = 'test', signal } = options;
    if (!ROLLOUT_MODES.includes(mode)) {
      throw new RangeError(`${action} as 'mode' must be train, val or test: current value is ${String(mode)}`);
    }
    const algorithm = new EvaluationAlgorithm<TTask>({ mode });
    const run = await new RunStream<readonly EvaluatedTask<TTask>[]>((publish) =>
      this.#run(
        algorithm,
        agent,
        dataset,
        { runDirectory: null, ...(signal === undefined ? {} : { signal }) },
        resources,
        publish,
      ),
    ).result;
    const outcomes = run.result;
    return {
      outcomes,
      score: scoreOf(outcomes),
      findings: run.findings,
      warnings: run.warnings,
      stopReason: run.stopReason,
    };
  }

  async #run<R>(
    algorithm: Algorithm<TTask, R> | undefined,
    agent: AgentInput<TTask>,
    trainDataset: Dataset<TTask>,
    options: FitOptions<TTask>,
    initialResources: NamedResources,
    publish: (event: TrainerEvent) => void,
  ): Promise<FitResult<R>> {
    checkFitOptions(options, this.#options.store);
    this.#refuseWhereNoRunCanStart();
    this.#refuseAimlessRun(algorithm, trainDataset);
    checkAgent(agent);
    checkDatasets(algorithm, trainDataset, options);
    algorithm?.checkResources?.(initialResources);
    tellPlanIfAsked((assume) => this.#plan(algorithm, trainDataset, options, assume));
    this.#isRunning = true;
    const since = systemClock.now();
    const { handleSignals } = this.#options;
    const interruption = new Interruption({ callerSignal: options.signal, handleSignals });
    try {
      const { strategy, store, seed, rolloutConfig, adapter, prices } = this.#options;
      const request = resumeRequestFor({ options, strategy, store });
      const budget = mergeBudgets(this.#options.budget, options.budget, request?.budget);
      const warnings = checkBudgetBeforeWork({
        budget,
        prices,
        algorithm,
        strategy,
        initialResources,
        trainTasks: trainDataset.length,
        valTasks: options.valDataset?.length ?? 0,
        testTasks: options.testDataset?.length ?? 0,
        isResumed: request !== undefined || (options.resume ?? false) !== false,
      });
      const runner = await this.#runnerBundle(agent);
      const directory = await openForRun<TTask>({
        algorithm,
        agent,
        trainDataset,
        options,
        initialResources,
        adapter,
        strategy,
        store,
        seed,
        rolloutConfig,
        request,
      });
      const job: AlgorithmJob<TTask> = {
        runId: directory?.runId ?? newRunId(),
        seed: this.#options.seed,
        algorithm,
        trainDataset,
        valDataset: options.valDataset ?? [],
        testDataset: options.testDataset,
        initialResources,
        adapter: this.#options.adapter,
        rolloutConfig: this.#options.rolloutConfig,
        maxRollouts: this.#options.maxRollouts,
        isResumable: directory !== undefined && algorithm?.durable === true,
        budget,
        prices,
        slots: strategy.runsAgents === false ? null : this.#options.nRunners,
        since,
      };
      const run = { job, runner, warnings, interruption, directory };
      if (directory === undefined) return await this.#execute(run, publish);
      const { isResumable = false } = job;
      return await keepingIn({ directory, isResumable }, publish, (told) => this.#execute<R>(run, told));
    } catch (error) {
      if (isResumedFromOutside() || (this.#options.handleSignals && isPausedRun(error))) endWithStatusOf(error);
      throw error;
    } finally {
      interruption.close();
      this.#isRunning = false;
    }
  }

  async #execute<R>(
    { job, runner, warnings: beforehand, interruption, directory }: PreparedRun<TTask>,
    publish: (event: TrainerEvent) => void,
  ): Promise<FitResult<R>> {
    const { strategy, store, logger, handleSignals, nRunners, label } = this.#options;
    const algorithm = job.algorithm as Algorithm<TTask, R> | undefined;
    const startTime = job.since ?? systemClock.now();
    const { signal, hurry } = interruption;
    const drain = new AbortController();
    const halt = (): void => drain.abort(new LightningError('ABORTED', 'The budget of the run is used up'));
    const told = new LastTold();
    const warnings: string[] = [];
    const ending = { startTime, publish, directory, beforehand, warnings, runners: null, label: label ?? null };
    publish({
      type: 'run-started',
      runId: job.runId,
      runDirectory: directory?.path ?? null,
      isResumed: directory?.isResumed ?? false,
      algorithm: algorithm?.name ?? null,
      nRunners,
      seed: job.seed,
      heldOutRollouts: 2 * (job.testDataset?.length ?? 0),
      label: label ?? null,
    });
    interruption.tell((request) => publish({ type: 'stopping', ...request }));
    for (const message of beforehand) publish({ type: 'warning', message });
    try {
      const outcome = await strategy.execute({
        runId: job.runId,
        algorithm: {
          run: async (environment) => {
            const report = await withRecords(store === undefined ? undefined : directory, (journal) =>
              runAlgorithm(job, environment, {
                clock: systemClock,
                logger,
                ...(journal === undefined ? {} : { journal }),
              }),
            );
            return report as unknown as Json;
          },
          source: () => this.#algorithmSource(job),
          onMessage: (posted) => {
            const message = posted as unknown as RunMessage;
            told.take(message);
            const hasTold = (event: TrainerEvent): boolean | undefined => directory?.hasTold(event);
            receiveMessage(message, { algorithm, budget: job.budget, publish, hasTold, halt });
          },
        },
        runner,
        ...(store === undefined ? {} : { store }),
        ...(directory === undefined || store !== undefined ? {} : { storeOpener: directory.storeOpener(job) }),
        signal,
        hurry,
        drain: drain.signal,
        logger,
        onWarning: (message) => warnings.push(message),
      });
      const report = outcome.algorithm as unknown as AlgorithmReport | undefined;
      // Without a report this process only had runners.
      const reason = report === undefined && signal.aborted ? 'interrupted' : undefined;
      const run = concludeRun(job, algorithm, report, {
        ...ending,
        runners: outcome.runners ?? null,
        ...(reason === undefined ? {} : { reason }),
      });
      if (run.stopReason === 'budget' && handleSignals) process.exitCode = BUDGET_EXIT_CODE;
      return run;
    } catch (error) {
      // An algorithm that does not obey says nothing any more. What it has told is the result.
      if (signal.aborted && isLightningError(error, 'ABORTED')) {
        const why = error === signal.reason ? [] : [error.message];
        return concludeRun(job, algorithm, told.report(algorithm?.snapshot() ?? null, why), ending);
      }
      // Without an algorithm, having served all that was asked for is the regular end.
      if (algorithm === undefined && isMaxRolloutsReached(error)) {
        return concludeRun(job, algorithm, undefined, { ...ending, reason: 'max-rollouts' });
      }
      throw error;
    }
  }

  async #algorithmSource(job: AlgorithmJob<TTask>): Promise<{ module: ModuleSource; data: AlgorithmJobData }> {
    const { adapter } = this.#options;
    return {
      module: { moduleUrl: siblingUrl('./algorithm-main', import.meta.url).href, exportName: 'runAlgorithmFromData' },
      data: {
        runId: job.runId,
        seed: job.seed,
        algorithm: await job.algorithm?.source(),
        adapter: adapter === undefined ? undefined : await instanceSource(adapter, 'adapter'),
        trainDataset: Array.from(job.trainDataset),
        valDataset: Array.from(job.valDataset),
        testDataset: job.testDataset === undefined ? undefined : Array.from(job.testDataset),
        initialResources: namedResourcesToWire(job.initialResources),
        rolloutConfig: job.rolloutConfig,
        maxRollouts: job.maxRollouts,
        isResumable: job.isResumable ?? false,
        budget: job.budget,
        prices: job.prices,
        slots: job.slots ?? null,
        ...(job.since === undefined ? {} : { since: job.since }),
      },
    };
  }

  async #runnerBundle(agent: AgentInput<TTask>): Promise<RunnerBundle> {
    const { nRunners, hooks, tracer, maxRollouts } = this.#options;
    return {
      nRunners,
      agent: await loadableAgent(agent),
      hooks: hooks.map((instance) => ({ instance })),
      ...(tracer === undefined ? {} : { tracer: { instance: tracer } }),
      ...(maxRollouts === undefined ? {} : { maxRollouts }),
    };
  }

  /** Without an algorithm a run serves the queue of a store that others can reach. */
  #refuseAimlessRun(algorithm: Algorithm<TTask, unknown> | undefined, trainDataset: Dataset<TTask>): void {
    if (algorithm !== undefined) return;
    if (!this.#options.canServeOthers) {
      throw new TypeError(
        "Cannot start the run as 'algorithm' must be given: without one a run serves the queue of a 'store', or of a 'strategy' with a port and token that others know",
      );
    }
    if (trainDataset.length > 0) {
      throw new TypeError(
        `Cannot start the run as nothing would read its training set of ${trainDataset.length}: without 'algorithm' a run serves the queue that others fill`,
      );
    }
  }

  #refuseWhereNoRunCanStart(): void {
    refuseInSecondCopy();
    if (currentRollout() !== undefined) {
      throw new LightningError(
        'RUN_NOT_ALLOWED',
        'A run cannot be started by an agent while it works on a rollout: its runner would wait for itself. Start it outside of the agent',
      );
    }
    if (isRunnerThread()) {
      throw new LightningError(
        'RUN_NOT_ALLOWED',
        'A run cannot be started inside a runner thread: the thread imported the module that trains. Guard the training call of your script with `if (import.meta.main) { … }`, or move the agent into a file of its own',
      );
    }
    if (this.#isRunning) {
      throw new LightningError('RUN_NOT_ALLOWED', 'This trainer is running already: await it, or make another trainer');
    }
  }
}

/** A run that may begin. */
interface PreparedRun<TTask> {
  readonly job: AlgorithmJob<TTask>;
  readonly runner: RunnerBundle;
  readonly warnings: readonly string[];
  readonly interruption: Interruption;
  readonly directory: RunDirectory | undefined;
}

/** What a process ends with whose run has reached its budget. */
const BUDGET_EXIT_CODE = 5;
