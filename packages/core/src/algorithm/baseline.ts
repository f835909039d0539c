import { LightningError } from '../errors/lightning-error.ts';
import type { ModuleSource } from '../execution/module-source.ts';
import { checkNumberOption, refuseUnknownOptions } from '../options/check-options.ts';
import { isPromptTemplate, type NamedResources, namedResourcesToWire } from '../resource/index.ts';
import { Algorithm } from './algorithm.ts';
import type { AlgorithmContext, TaskOutcome } from './algorithm-context.ts';
import type { AlgorithmPlan, PlanPart, PlanSize } from './algorithm-plan.ts';
import type { Dataset } from './dataset.ts';
import type { Json } from './json.ts';
import { type OutcomeSummary, summarizeOutcomes } from './outcome-summary.ts';
import { scoreOf } from './score.ts';

/** Options of {@link Baseline}. */
export interface BaselineOptions {
  /** How often the data is gone through, default 1. More than once shows how much scores vary by themselves. */
  readonly nEpochs?: number;
}

/** What one task came to; plain data, without the task itself. */
export type BaselineOutcome = Pick<
  TaskOutcome<unknown>,
  'index' | 'rolloutId' | 'status' | 'reward' | 'objectives' | 'feedback' | 'error' | 'latencySeconds'
> & {
  /** Counts from 1. */
  readonly epoch: number;
  readonly dataset: 'train' | 'val';
};

/** What a {@link Baseline} found out, over the epochs that are complete. */
export interface BaselineResult {
  /** `null` without a training set, and before the first epoch is complete. */
  readonly train: OutcomeSummary | null;
  /** `null` without a validation set, and before the first epoch is complete. */
  readonly val: OutcomeSummary | null;
  /** Epoch by epoch, training set first, in the order of the tasks. */
  readonly outcomes: readonly BaselineOutcome[];
}

const NOTHING_YET: BaselineResult = { train: null, val: null, outcomes: [] };

/** How the candidate is called in events: the resources as they were given. */
const VERSION = 'initial';

/**
 * Runs the agent on the data with the resources as they are, and tells how well that goes: what other algorithms have to beat, and a quick check that an agent
 * works at all. Changes nothing and offers no best prompt. At least one of the datasets must have tasks.
 *
 * Mirrors upstream `Baseline` (v0.3.0), which goes through the training set and then the validation set and logs what it sees; here both wait in one
 * queue, and the findings are the result.
 */
export class Baseline<TTask = unknown> extends Algorithm<TTask, BaselineResult> {
  readonly #options: BaselineOptions;
  #result = NOTHING_YET;

  constructor(options: BaselineOptions = {}) {
    super();
    const action = 'Cannot create the Baseline';
    refuseUnknownOptions(action, options, ['nEpochs']);
    if (options.nEpochs !== undefined) checkNumberOption(action, 'nEpochs', options.nEpochs, { integer: true, min: 1 });
    this.#options = options;
  }

  override get fingerprint(): Json {
    return { nEpochs: this.#options.nEpochs ?? 1 };
  }

  /** Either dataset will do, so neither is required by itself. */
  override get requires(): { readonly trainDataset: boolean; readonly valDataset: boolean } {
    return { trainDataset: false, valDataset: false };
  }

  override plan({ trainTasks, valTasks }: PlanSize): AlgorithmPlan {
    const { nEpochs = 1 } = this.#options;
    const tasks = trainTasks + valTasks;
    const part = (round: number): PlanPart => ({
      name: nEpochs === 1 ? 'the data as they are' : `epoch ${round}`,
      round,
      rollouts: tasks,
      modelCalls: 0,
      formula: `${trainTasks} training + ${valTasks} validation tasks`,
    });
    return { rounds: nEpochs, parts: Array.from({ length: nEpochs }, (_, index) => part(index + 1)), extras: [] };
  }

  /** @throws LightningError `DATASET_INVALID` if both datasets are empty */
  override async run(context: AlgorithmContext<TTask>): Promise<BaselineResult> {
    const { nEpochs = 1 } = this.#options;
    const { trainDataset, valDataset } = context;
    const tasks = trainDataset.length + valDataset.length;
    if (tasks === 0) {
      throw new LightningError('DATASET_INVALID', 'Baseline needs a training set or a validation set: both are empty');
    }
    const seen = { train: [] as TaskOutcome<TTask>[], val: [] as TaskOutcome<TTask>[] };
    const rows: BaselineOutcome[] = [];
    this.#result = NOTHING_YET;
    context.emit('plan', { type: 'plan', rounds: nEpochs, rollouts: nEpochs * tasks, modelCalls: 0 });
    context.emit('proposed', {
      type: 'candidate-proposed',
      version: VERSION,
      parent: null,
      round: 0,
      candidate: promptsOf(context.initialResources),
      critique: null,
      edit: null,
    });
    for (let epoch = 1; epoch <= nEpochs; epoch++) {
      const scoped = context.scope(`epoch-${epoch}`);
      scoped.emit('started', { type: 'round-started', round: epoch, rounds: nEpochs });
      const [train, val] = await Promise.all([
        evaluateAll(scoped, 'train', trainDataset),
        evaluateAll(scoped, 'val', valDataset),
      ]);
      seen.train.push(...train);
      seen.val.push(...val);
      rows.push(
        ...train.map((outcome) => toRow(outcome, epoch, 'train')),
        ...val.map((outcome) => toRow(outcome, epoch, 'val')),
      );
      this.#result = { train: summaryOrNull(seen.train), val: summaryOrNull(seen.val), outcomes: [...rows] };
      emitScores(scoped, epoch, nEpochs, train, val);
    }
    return this.#result;
  }

  override snapshot(): Json {
    return this.#result as unknown as Json;
  }

  override restore(snapshot: Json): BaselineResult {
    this.#result = snapshot as unknown as BaselineResult;
    return this.#result;
  }

  override async source(): Promise<ModuleSource> {
    if (this.constructor !== Baseline) {
      throw new LightningError(
        'SOURCE_NOT_LOADABLE',
        `Cannot run ${this.name} in another thread as only Baseline itself knows its module. Write in class ${this.name}:\n\n  override async source() { return { moduleUrl: import.meta.url, exportName: '${this.name}' }; }\n`,
      );
    }
    return { moduleUrl: import.meta.url, exportName: 'Baseline', options: this.#options };
  }
}

/** The outcomes in the order of the tasks; none without tasks. */
async function evaluateAll<TTask>(
  context: AlgorithmContext<TTask>,
  mode: 'train' | 'val',
  dataset: Dataset<TTask>,
): Promise<readonly TaskOutcome<TTask>[]> {
  if (dataset.length === 0) return [];
  return await context.evaluate(mode, { candidates: [{}], tasks: Array.from(dataset), mode }).outcomes();
}

function emitScores<TTask>(
  context: AlgorithmContext<TTask>,
  round: number,
  rounds: number,
  train: readonly TaskOutcome<TTask>[],
  val: readonly TaskOutcome<TTask>[],
): void {
  const [trainSummary, valSummary] = [summaryOrNull(train), summaryOrNull(val)];
  if (trainSummary !== null) {
    const { mean, failed, unfinished, n: tasks } = trainSummary;
    const data = { round, mean, failed, unfinished, tasks };
    context.emit('train-scored', { type: 'custom', name: 'baseline-train-scored', data });
  }
  if (valSummary !== null) {
    const { mean: score, failed, unfinished, n, interval } = scoreOf(val);
    context.emit('scored', {
      type: 'candidate-scored',
      version: VERSION,
      round,
      dataset: 'val',
      score,
      interval,
      failed,
      unfinished,
      tasks: n,
    });
  }
  const bestScore = (valSummary ?? trainSummary)?.mean ?? null;
  context.emit('ended', { type: 'round-ended', round, rounds, bestScore });
}

/** What is shown of the resources: others than prompts may have keys. */
function promptsOf(resources: NamedResources): Readonly<Record<string, Json>> {
  const prompts = Object.entries(resources).filter(([, resource]) => isPromptTemplate(resource));
  return namedResourcesToWire(Object.fromEntries(prompts)) as unknown as Readonly<Record<string, Json>>;
}

function summaryOrNull(outcomes: readonly TaskOutcome<unknown>[]): OutcomeSummary | null {
  return outcomes.length === 0 ? null : summarizeOutcomes(outcomes);
}

function toRow(outcome: TaskOutcome<unknown>, epoch: number, dataset: 'train' | 'val'): BaselineOutcome {
  const { index, rolloutId, status, reward, objectives, feedback, error, latencySeconds } = outcome;
  return { epoch, dataset, index, rolloutId, status, reward, objectives, feedback, error, latencySeconds };
}
