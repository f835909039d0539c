import {
  type Algorithm,
  type AlgorithmEnvironment,
  type Clock,
  type ClockTimer,
  type Dataset,
  isLightningError,
  type Json,
  LightningError,
  type LightningStore,
  type Logger,
  type NamedResources,
  parseNamedResources,
  type RolloutConfigInput,
  type TraceAdapter,
  type Usage,
} from '@agentlightning/core';
import type { Finding } from '@agentlightning/core/run';
import type { Budget } from './budget/budget.ts';
import { type BudgetReached, readBudgetReached } from './budget/budget-reached.ts';
import type { Prices } from './budget/prices.ts';
import { SpendLedger } from './budget/spend-ledger.ts';
import type { Spend } from './budget/spend-rows.ts';
import { RunContext } from './context/run-context.ts';
import { InMemoryRunJournal, type RunJournal } from './context/run-journal.ts';
import { RunState, WorkOwner } from './context/run-state.ts';
import { StoreRunJournal } from './context/store-run-journal.ts';
import { watchRetries } from './context/watch-retries.ts';
import { DatasetRows } from './dataset-rows.ts';
import type { RunDatasets } from './findings/dataset-findings.ts';
import { observedCandidate } from './findings/observed-outcome.ts';
import { type SeenDifference, seenOnTest } from './findings/seen-difference.ts';
import { evaluateHeldOut, type HeldOutReport } from './held-out.ts';
import { RolloutCounter } from './rollout-counter.ts';
import { initialSnapshotId } from './run-directory/refresh-snapshots.ts';
import { reviveInterrupted } from './run-directory/revive-interrupted.ts';
import type { RolloutCounts, RunMessage } from './run-message.ts';
import { TimeLedger } from './timing/time-ledger.ts';
import type { TimeReading } from './timing/time-split.ts';

/** One run of an algorithm, as the thread that executes it needs it. */
export interface AlgorithmJob<TTask> {
  readonly runId: string;
  readonly seed: number;
  /** `undefined`: serve the queue that others fill, until stopped. */
  readonly algorithm: Algorithm<TTask, unknown> | undefined;
  readonly trainDataset: Dataset<TTask>;
  readonly valDataset: Dataset<TTask>;
  /** Read once, after the algorithm has ended. */
  readonly testDataset: Dataset<TTask> | undefined;
  readonly initialResources: NamedResources;
  readonly adapter: TraceAdapter<unknown> | undefined;
  readonly rolloutConfig: RolloutConfigInput;
  /** Without an algorithm: ends when this many claims were served. */
  readonly maxRollouts: number | undefined;
  /** Whether the store is the run's own and outlives it, so that the run can be resumed; default `false`. */
  readonly isResumable?: boolean;
  /** Default: no limit. */
  readonly budget?: Budget | undefined;
  /** Default: none. */
  readonly prices?: Prices | undefined;
  /** How many rollouts can run at once; `null`: not known, as runners are elsewhere. Default: likewise. */
  readonly slots?: number | null;
  /** When the work of this process on the run began, in seconds since the Unix epoch. Default: when the algorithm's side does. */
  readonly since?: number;
}

/** How often a run notes that it is alive. A killed one is taken to have lived until the last of these notes. */
const PULSE_MS = 1_000;

/** How long the model calls under way may take when a run pauses because another one was refused. */
const PAUSE_DRAIN_MS = 30_000;

/** What a run works with besides the store. */
export interface AlgorithmRunOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Records that outlive the run, which can then be resumed. Default: none do. */
  readonly journal?: RunJournal;
  /** Awaited before a record answers: a test can have records answer in another order than the work did. */
  readonly beforeReplay?: () => Promise<void>;
}

/** What a run leaves behind. Plain JSON: it may cross a thread. */
export interface AlgorithmReport {
  /** The algorithm's final state; see `Algorithm.snapshot()`. */
  readonly snapshot: Json;
  readonly isInterrupted: boolean;
  /** Where the run met its budget, if that is what ended it. */
  readonly budgetReached: BudgetReached | null;
  /** What all processes that worked on the run have paid for. */
  readonly spend: Spend;
  readonly rollouts: RolloutCounts;
  /** Model calls of the algorithm itself. */
  readonly modelCalls: number;
  /** Model calls of the agents, as far as their spans tell. */
  readonly agentUsage: Usage;
  readonly heldOut: HeldOutReport | null;
  readonly findings: readonly Finding[];
  /** Where the time went; `null` if nobody knows. */
  readonly time: TimeReading | null;
  /** What makes the scores doubtful besides {@link findings}, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Runs an algorithm to its end. Resolves when it is done and when it was interrupted, with what is known then; rejects with what else stopped it.
 */
export async function runAlgorithm<TTask>(
  job: AlgorithmJob<TTask>,
  environment: AlgorithmEnvironment,
  options: AlgorithmRunOptions,
): Promise<AlgorithmReport> {
  const { store, signal, hurry } = environment;
  const post = (message: RunMessage): void => environment.post(message as unknown as Json);
  const isResumable = options.journal !== undefined || job.isResumable === true;
  const journal = options.journal ?? (await openJournal(job, store));
  await journal.resume(options.clock.now());
  // A store of the run's own was taken up by whoever opened it.
  if (options.journal !== undefined && job.isResumable === true) {
    await revive(job, store, journal);
    await checkKnown(job.runId, journal, store);
  }
  await publishInitial(job, store);
  const { clock } = options;
  const { slots = null, since = clock.now() } = job;
  const time = new TimeLedger({ keeper: journal, clock, since, slots });
  const counter = new RolloutCounter(
    store,
    (counts) => post({ type: 'rollouts', counts }),
    (load) => time.rollouts(load),
  );
  if (job.isResumable === true && options.journal === undefined) await counter.countOwn(store);
  const ledger = new SpendLedger({
    rows: journal,
    budget: job.budget,
    prices: job.prices ?? {},
    clock: options.clock,
    tell: (spend) => post({ type: 'spend', spend }),
  });
  const run = new RunState({
    runId: job.runId,
    seed: job.seed,
    store,
    journal,
    isResumable,
    ...(options.beforeReplay === undefined ? {} : { beforeReplay: options.beforeReplay }),
    initialResources: job.initialResources,
    rolloutConfig: job.rolloutConfig,
    signal,
    ...(hurry === undefined ? {} : { hurry }),
    clock: options.clock,
    logger: options.logger,
    counter,
    ledger,
    time,
    rows: new DatasetRows({
      train: job.trainDataset,
      val: job.valDataset,
      ...(job.testDataset === undefined ? {} : { test: job.testDataset }),
    }),
    post: (message) => {
      post(message);
      // With each improvement, so that a run that breaks down later has not lost what was paid for.
      if (message.type === 'best') postSnapshot();
    },
  });
  const postSnapshot = (): void => {
    if (job.algorithm !== undefined) post({ type: 'snapshot', snapshot: job.algorithm.snapshot() });
  };
  const best = journal.getBest();
  if (best !== undefined) {
    const { score, version, candidate, interval = null, tasks = null } = best;
    post({ type: 'best', score, interval, tasks, version, candidate });
  }
  run.findings.atStart(datasetsOf(job));
  let isInterrupted = false;
  let heldOut: HeldOutReport | null = null;
  const pulse = setInterval(() => {
    journal.alive(options.clock.now());
    ledger.pulse();
    time.pulse();
    post({ type: 'time', reading: time.reading });
    // Nothing is kept any more, and runners cannot report either: whoever waits for them would wait without end.
    journal.flush().catch((error: unknown) => run.poison(error));
  }, PULSE_MS).unref();
  const curfew = haltWhenTimeIsOver(run, options.clock);
  const stopWatching = watchRetries(store, run);
  try {
    if (job.algorithm === undefined) await serve(job.maxRollouts, counter, signal);
    else heldOut = await execute(job, job.algorithm, run, store);
  } catch (error) {
    // What is paid for is recorded, whoever stopped the run.
    if (signal.aborted) await run.drainSteps();
    else if (isLightningError(error, 'MODEL_UNAVAILABLE')) await run.drainSteps(PAUSE_DRAIN_MS);
    isInterrupted = (await endingOf(error, run, signal)) === 'interrupted';
  } finally {
    clearInterval(pulse);
    curfew.cancel();
    stopWatching();
    postSnapshot();
    run.findings.atEnd(seenDifference(run, heldOut));
    counter.close();
    ledger.close();
    time.pulse();
    // What keeps the last notes from being kept has its own error where it matters.
    await journal.flush().catch(() => {});
  }
  return {
    snapshot: job.algorithm?.snapshot() ?? null,
    isInterrupted,
    budgetReached: isInterrupted ? null : (run.budgetReached ?? null),
    spend: ledger.spend,
    rollouts:
      (isInterrupted || run.budgetReached !== undefined) && isResumable ? leftForLater(counter.counts) : counter.counts,
    modelCalls: run.modelCalls,
    agentUsage: run.tally.usage,
    warnings: [...run.tally.warnings(), ...budgetWarnings(job, run, heldOut)],
    heldOut,
    findings: run.findings.all,
    time: time.reading,
  };
}

/** The sets that an algorithm learns from, chooses by, and is tried on. One that does without a training set learns nothing. */
function datasetsOf<TTask>({ algorithm, trainDataset, valDataset, testDataset }: AlgorithmJob<TTask>): RunDatasets {
  const learns = algorithm?.requires.trainDataset === true;
  return {
    train: learns ? trainDataset : null,
    val: learns && valDataset.length > 0 ? valDataset : null,
    test: testDataset ?? null,
  };
}

/** The best candidate against what the run began with: on the test set, or else on the validation set. */
function seenDifference(run: RunState, heldOut: HeldOutReport | null): SeenDifference | null {
  if (heldOut !== null) return seenOnTest(heldOut);
  const { journal, initialResources } = run.options;
  const best = journal.getBest();
  if (best === undefined) return null;
  const idOf = (candidate: NamedResources): string => observedCandidate(initialResources, candidate).id;
  return run.validations.compare(idOf({}), idOf(parseNamedResources(best.candidate)));
}

/** Queues again what was under way when an earlier process of the run was killed or stopped. */
async function revive(
  { runId, rolloutConfig }: Pick<AlgorithmJob<never>, 'runId' | 'rolloutConfig'>,
  store: LightningStore,
  journal: RunJournal,
): Promise<void> {
  const { maxAttempts = 1 } = rolloutConfig;
  await reviveInterrupted(store, { runId, verdicts: () => journal.verdicts(), maxAttempts });
}

/** Halts the run when the minutes of its budget are over. */
function haltWhenTimeIsOver(run: RunState, clock: Clock): { cancel(): void } {
  const { ledger } = run.options;
  let timer: ClockTimer | undefined;
  const arm = (secondsLeft: number | undefined): void => {
    // A run whose time was over before may still answer from its records.
    if (secondsLeft === undefined || secondsLeft <= 0) return;
    timer = clock.setTimer(Math.ceil(secondsLeft * 1000), () => {
      const left = ledger.secondsLeft!;
      if (left > 0) arm(left);
      else run.halt(ledger.usedUp());
    });
  };
  arm(ledger.secondsLeft);
  return { cancel: () => timer?.cancel() };
}

/** How a run ends in which something was thrown. @throws what is neither an interruption nor its budget */
async function endingOf(error: unknown, run: RunState, signal: AbortSignal): Promise<'interrupted' | 'budget'> {
  if (isInterruption(signal, error)) return 'interrupted';
  if (readBudgetReached(error) === undefined) throw error;
  try {
    // What was granted before is finished, and recorded.
    await run.settle();
  } catch (later) {
    if (isInterruption(signal, later)) return 'interrupted';
    throw later;
  }
  return 'budget';
}

function budgetWarnings(
  { budget, testDataset }: Pick<AlgorithmJob<unknown>, 'budget' | 'testDataset'>,
  run: RunState,
  heldOut: HeldOutReport | null,
): string[] {
  const warnings: string[] = [];
  if (run.budgetReached !== undefined) {
    const rest = testDataset !== undefined && heldOut === null ? '; the test set was not read' : '';
    warnings.push(`${run.budgetReached.message}${rest}`);
  }
  const { callsWithoutTokens } = run.options.ledger.spend;
  if (callsWithoutTokens > 0 && (budget?.usd !== undefined || budget?.tokens !== undefined)) {
    warnings.push(`${callsWithoutTokens} model calls of agents did not say how many tokens they took, and count none`);
  }
  return warnings;
}

/**
 * A store that others serve may be another one than the run began with, or have lost what it had: traces that are yet to be read would be empty, and the run
 * would take another way without a word.
 */
async function checkKnown(runId: string, journal: RunJournal, store: LightningStore): Promise<void> {
  const hasBegun = journal.keys()[Symbol.iterator]().next().done !== true;
  if (!hasBegun || (await store.getResourcesById(initialSnapshotId(runId))) !== undefined) return;
  throw new LightningError(
    'NOT_FOUND',
    `Cannot resume the run ${runId} as the store knows nothing of it: is it another one than the run began with, or was it started again without its records?`,
    { details: { runId } },
  );
}

/** The initial resources are the latest ones for whoever asks without an id. Resumed, they are there already. */
async function publishInitial(
  job: Pick<AlgorithmJob<never>, 'runId' | 'isResumable' | 'initialResources'>,
  store: LightningStore,
): Promise<void> {
  if (job.isResumable === true) await store.updateResources(initialSnapshotId(job.runId), job.initialResources);
  else await store.addResources(job.initialResources);
}

async function openJournal(
  job: Pick<AlgorithmJob<never>, 'runId' | 'isResumable' | 'initialResources'>,
  store: LightningStore,
): Promise<RunJournal> {
  const { runRecords } = store;
  if (job.isResumable !== true || runRecords === undefined) return new InMemoryRunJournal();
  return StoreRunJournal.open(runRecords, job.runId);
}

async function execute<TTask>(
  { trainDataset, valDataset, testDataset, adapter }: AlgorithmJob<TTask>,
  algorithm: Algorithm<TTask, unknown>,
  run: RunState,
  store: LightningStore,
): Promise<HeldOutReport | null> {
  const owner = new WorkOwner();
  const inputs = { trainDataset, valDataset, adapter, ...(algorithm.durable ? {} : { store }) };
  const context = new RunContext<TTask>(run, inputs, owner);
  await algorithm.run(context);
  await run.finish(owner);
  const best = run.options.journal.getBest();
  const candidate = best === undefined ? undefined : parseNamedResources(best.candidate);
  const heldOut =
    testDataset === undefined ? null : await evaluateHeldOut(context.scope('held-out'), testDataset, candidate);
  if (heldOut !== null) run.options.post({ type: 'held-out', report: heldOut });
  await run.checkRecords();
  return heldOut;
}

/** What is in flight when a run is stopped is given back, and waits with the rest until the run is resumed. */
function leftForLater(counts: RolloutCounts): RolloutCounts {
  return { ...counts, queued: counts.queued + counts.running, running: 0 };
}

/** Whether the run ended because somebody asked it to: everything else that stops a run is an error. */
function isInterruption(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && isLightningError(signal.reason, 'ABORTED') && (error === signal.reason || isAbort(error));
}

function isAbort(error: unknown): boolean {
  return isLightningError(error, 'ABORTED') || (error instanceof Error && error.name === 'AbortError');
}

/** Leaves the work to the runners, until they have done what they may. */
async function serve(maxRollouts: number | undefined, counter: RolloutCounter, signal: AbortSignal): Promise<void> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([stopped, ...(maxRollouts === undefined ? [] : [counter.whenServed(maxRollouts)])]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
