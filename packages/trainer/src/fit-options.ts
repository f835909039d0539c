import {
  type Agent,
  type Algorithm,
  checkDataset,
  type Dataset,
  type LightningStore,
  type Loadable,
  type ModuleSource,
  refuseUnknownOptions,
} from '@agentlightning/core';
import { agentSource, isAgent } from '@agentlightning/runner';
import { type Budget, checkBudget } from './budget/budget.ts';

/** An agent, or where its module is. Agents that have to go to a worker thread declare `moduleUrl`, see `LitAgent`. */
export type AgentInput<TTask> = Agent<TTask> | URL | ModuleSource;

/** What `fit()` takes besides the training set. */
export interface FitOptions<TTask> {
  /** What candidates are scored on. */
  readonly valDataset?: Dataset<TTask>;
  /** Read once, at the end, to score the best candidate and the initial resources on tasks the search never saw. */
  readonly testDataset?: Dataset<TTask>;
  /**
   * Where the run keeps what is to outlive the process: its store, records, best prompt, events, result. Default: `runs/<run id>` under the working
   * directory, or under `AGL_RUNS_DIRECTORY`. `null`: nothing is kept, which is the default with a `store` of your own.
   * With one that is reached over HTTP and goes on without this process, a directory has the records of the run, and the store its rollouts.
   */
  readonly runDirectory?: string | null;
  /** Where the directory of the run is made when `runDirectory` does not name it. Default: `AGL_RUNS_DIRECTORY`, or `runs` in the working directory. */
  readonly runsDirectory?: string;
  /**
   * Goes on with the run that is in `runDirectory`: what was done is not done again. It must be the same run, by data, options, agent and version;
   * `'force'` goes on all the same, and notes it. Default `false`.
   */
  readonly resume?: boolean | 'force';
  /**
   * What the run may spend, over all processes that work on it; each limit comes before the trainer's. A run that is resumed may have another: it is still
   * the same run.
   */
  readonly budget?: Budget;
  /** Stops the run: it winds down and resolves with what is known. */
  readonly signal?: AbortSignal;
}

const FIT_OPTION_NAMES = [
  'valDataset',
  'testDataset',
  'runDirectory',
  'runsDirectory',
  'resume',
  'budget',
  'signal',
] as const satisfies readonly (keyof FitOptions<unknown>)[];

/**
 * Checks what `fit()` was given.
 * @throws TypeError naming the option, its value, and what is wanted
 */
export function checkFitOptions(options: FitOptions<unknown>, store: LightningStore | undefined): void {
  const action = 'Cannot start the run';
  refuseUnknownOptions(action, options, FIT_OPTION_NAMES);
  checkSignal(action, options.signal);
  if (options.budget !== undefined) checkBudget(action, options.budget);
  const { runDirectory, runsDirectory, resume = false } = options;
  if (
    runDirectory !== undefined &&
    runDirectory !== null &&
    (typeof runDirectory !== 'string' || runDirectory === '')
  ) {
    throw new TypeError(
      `${action} as 'runDirectory' must be the path of a directory, or null: current value is ${JSON.stringify(runDirectory)}`,
    );
  }
  if (runsDirectory !== undefined && (typeof runsDirectory !== 'string' || runsDirectory === '')) {
    throw new TypeError(
      `${action} as 'runsDirectory' must be the path of a directory: current value is ${JSON.stringify(runsDirectory)}`,
    );
  }
  if (![true, false, 'force'].includes(resume)) {
    throw new TypeError(
      `${action} as 'resume' must be true, false or 'force': current value is ${JSON.stringify(resume)}`,
    );
  }
  if (typeof runDirectory === 'string' && store?.capabilities.shared === false) {
    throw new TypeError(
      `${action} as 'runDirectory' would have a store of its own, and the trainer was given a 'store' that ends with this process: leave one of them out, or give a LightningStoreClient`,
    );
  }
  if (resume !== false && typeof runDirectory !== 'string') {
    throw new TypeError(`${action} as 'resume' needs a 'runDirectory', the one of the run to go on with`);
  }
}

/** @throws TypeError for what is no signal */
export function checkSignal(action: string, signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(`${action} as 'signal' must be an AbortSignal: current value is ${String(signal)}`);
}

/** @throws TypeError for what is no agent */
export function checkAgent(agent: unknown): void {
  const isObject = (typeof agent === 'object' && agent !== null) || typeof agent === 'function';
  if (isObject && (agent instanceof URL || isModuleSource(agent) || isAgent(agent))) return;
  throw new TypeError(
    `Cannot start the run as its first argument must be an agent (an instance of a LitAgent subclass, what rollout() made, or the URL of a module): current value is ${typeof agent === 'function' ? `the function or class '${agent.name}'` : String(agent)}`,
  );
}

/** @throws LightningError `DATASET_INVALID` for one that the algorithm needs and that is not there, or is no dataset */
export function checkDatasets<TTask>(
  algorithm: Algorithm<TTask, unknown> | undefined,
  trainDataset: Dataset<TTask>,
  { valDataset, testDataset }: FitOptions<TTask>,
): void {
  const requires = algorithm?.requires ?? { trainDataset: false, valDataset: false };
  if (requires.trainDataset || trainDataset.length !== 0) checkDataset('trainDataset', trainDataset);
  // Anything but an empty set is looked at, `null` included.
  if (requires.valDataset || (valDataset !== undefined && valDataset?.length !== 0))
    checkDataset('valDataset', valDataset);
  if (testDataset !== undefined) checkDataset('testDataset', testDataset);
}

/** Where an agent's module is, if it says so. */
export function moduleUrlOf(agent: AgentInput<never>): string | undefined {
  if (agent instanceof URL) return agent.href;
  const { moduleUrl } = 'moduleUrl' in agent ? agent : (agent.constructor as { moduleUrl?: unknown });
  return typeof moduleUrl === 'string' ? moduleUrl : undefined;
}

/** The agent as runners take it: an object is sent to threads by a source that is found when a thread needs it. */
export async function loadableAgent(agent: AgentInput<never>): Promise<Loadable<Agent>> {
  if (agent instanceof URL || isModuleSource(agent)) return { source: await agentSource(agent) };
  return { instance: agent as Agent };
}

function isModuleSource(value: object): value is ModuleSource {
  return 'moduleUrl' in value && 'exportName' in value && typeof value !== 'function';
}
