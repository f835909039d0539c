import {
  type Algorithm,
  ATTEMPT_STATUSES,
  type AttemptStatus,
  checkNumberOption,
  type ExecutionStrategy,
  type Hook,
  isPromptTemplate,
  type LightningStore,
  type Logger,
  type NamedResources,
  type RolloutConfigInput,
  refuseUnknownOptions,
  silentLogger,
  type TraceAdapter,
  type Tracer,
} from '@agentlightning/core';
import { ClientServerExecutionStrategy, readExecutionEnvironment } from '@agentlightning/execution';
import { type Budget, checkBudget } from './budget/budget.ts';
import { checkPrices, type Prices } from './budget/prices.ts';

/** How long an attempt may take, and what is tried again. Shown in every run's summary. */
export interface RolloutOptions {
  /** An attempt that takes longer is stopped and counts as `timeout`. Seconds, default 900; `null`: no limit. */
  readonly timeoutSeconds?: number | null;
  /** An attempt whose runner is silent for longer is given up as `unresponsive`. Seconds, default 60; `null`: no limit. */
  readonly unresponsiveSeconds?: number | null;
  /** Attempts in total, default 3. */
  readonly maxAttempts?: number;
  /**
   * After which ends of an attempt the task is tried again. Default `timeout` and `unresponsive`: an agent that fails has given its answer, and trying
   * again would flatter a prompt that makes it fail. One that fails because its model is down is tried again with `unresponsive` ones.
   */
  readonly retryOn?: readonly AttemptStatus[];
}

/** What a trainer is made of. */
export interface TrainerOptions<TTask, TResult> {
  /** How to train. Without one, `fit()` serves the queue of the store, which others fill. */
  readonly algorithm?: Algorithm<TTask, TResult>;
  /** How many rollouts run at once, 1 or more, default 8. Slots, not threads: they share `min(nRunners, cores)` threads. */
  readonly nRunners?: number;
  /** What agents get, by name; for APO the prompt to begin with. Default: nothing. */
  readonly initialResources?: NamedResources;
  /**
   * Default: a file in the directory of the run, see `FitOptions.runDirectory`. One that is given is left open, and the run keeps nothing by itself unless
   * it is given a `runDirectory`: with `new InMemoryLightningStore()` it ends with the process.
   */
  readonly store?: LightningStore;
  /**
   * Where things run. Default: `ClientServerExecutionStrategy`, the algorithm here and the agents in worker threads, unless the environment says
   * otherwise (`AGL_CURRENT_ROLE` and the like, see `readExecutionEnvironment()`).
   */
  readonly strategy?: ExecutionStrategy;
  /** Default: model calls made with `fetch` are recorded as spans. */
  readonly tracer?: Tracer;
  /** Overrides the adapter that the algorithm brings. */
  readonly adapter?: TraceAdapter<unknown>;
  /** Told about each attempt, in the runner. With worker threads a hook's class declares `moduleUrl` as an agent's does. */
  readonly hooks?: Hook | readonly Hook[];
  /**
   * At most this many rollouts are begun, over all runners of this process; one that is tried again counts again, and a run that needs more fails. To end a run
   * in good order use `budget`. Default: no limit.
   */
  readonly maxRollouts?: number;
  /**
   * What each run may spend, over all processes that work on it. One that reaches it resolves with `stopReason: 'budget'` and the best so far. Limits of
   * `FitOptions.budget` come before these. Default: no limit.
   */
  readonly budget?: Budget;
  /** What models cost, by name: for a budget in dollars, and for what a run is told to have cost. Default: none, and no dollars. */
  readonly prices?: Prices;
  /** Every random choice of the run is derived from it: an integer, default 0. */
  readonly seed?: number;
  readonly rollout?: RolloutOptions;
  /** Said beside every score of the run, on the terminal, the page and in reports: `simulated models`. One line. Default: nothing. */
  readonly label?: string;
  /**
   * Whether `fit()` listens to Ctrl-C, SIGTERM and SIGHUP, the end of its terminal, while it runs: it then winds down, resolves with `stopReason: 'interrupted'` and sets
   * `process.exitCode` to 130, 143 or 129. A process without a terminal, as under `nohup`, goes on at SIGHUP. Default `true`. The first one lets what is in flight finish, the second aborts it, the third ends the threads it
   * runs in, and only the fourth ends the process. A run that reaches its budget sets
   * `process.exitCode` to 5, unless this is `false`.
   */
  readonly handleSignals?: boolean;
  /** Default: nothing is logged. `createLogger()` makes one. */
  readonly logger?: Logger;
}

/** {@link TrainerOptions} with every default filled in. */
export interface ResolvedTrainerOptions<TTask, TResult> {
  readonly algorithm: Algorithm<TTask, TResult> | undefined;
  readonly nRunners: number;
  readonly initialResources: NamedResources;
  readonly store: LightningStore | undefined;
  readonly strategy: ExecutionStrategy;
  /** Whether somebody else could fill the queue. */
  readonly canServeOthers: boolean;
  readonly tracer: Tracer | undefined;
  readonly adapter: TraceAdapter<unknown> | undefined;
  readonly hooks: readonly Hook[];
  readonly maxRollouts: number | undefined;
  readonly budget: Budget | undefined;
  readonly prices: Prices;
  readonly seed: number;
  readonly rolloutConfig: RolloutConfigInput;
  readonly label: string | undefined;
  readonly handleSignals: boolean;
  readonly logger: Logger;
}

const ACTION = 'Cannot create the trainer';

/** The names of {@link TrainerOptions}. */
export const OPTION_NAMES = [
  'algorithm',
  'nRunners',
  'initialResources',
  'store',
  'strategy',
  'tracer',
  'adapter',
  'hooks',
  'maxRollouts',
  'budget',
  'prices',
  'seed',
  'rollout',
  'label',
  'handleSignals',
  'logger',
] as const satisfies readonly (keyof TrainerOptions<unknown, unknown>)[];

/**
 * Checks options and fills in the defaults.
 * @throws TypeError or RangeError naming the option, its value, and what is wanted
 */
export function resolveTrainerOptions<TTask, TResult>(
  options: TrainerOptions<TTask, TResult>,
): ResolvedTrainerOptions<TTask, TResult> {
  refuseUnknownOptions(ACTION, options, OPTION_NAMES);
  const { nRunners = 8, seed = 0, initialResources = {}, handleSignals = true, maxRollouts, hooks = [] } = options;
  checkNumberOption(ACTION, 'nRunners', nRunners, { integer: true, min: 1 });
  checkNumberOption(ACTION, 'seed', seed, {
    integer: true,
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
  });
  if (maxRollouts !== undefined) checkNumberOption(ACTION, 'maxRollouts', maxRollouts, { integer: true, min: 1 });
  if (options.budget !== undefined) checkBudget(ACTION, options.budget);
  if (options.prices !== undefined) checkPrices(ACTION, options.prices);
  if (typeof handleSignals !== 'boolean') {
    throw new TypeError(
      `${ACTION} as 'handleSignals' must be true or false: current value is ${String(handleSignals)}`,
    );
  }
  checkLabel(options.label);
  checkMethod(
    'algorithm',
    options.algorithm,
    'run',
    'an algorithm such as new APO(…), or algorithm(async (context) => …)',
  );
  checkMethod('strategy', options.strategy, 'execute', 'an execution strategy');
  checkMethod('store', options.store, 'enqueueRollout', 'a LightningStore');
  checkMethod('tracer', options.tracer, 'startTrace', 'a tracer');
  checkMethod('adapter', options.adapter, 'adapt', 'a trace adapter');
  checkNamedResources(ACTION, 'initialResources', initialResources);
  for (const hook of Array.isArray(hooks) ? hooks : [hooks]) checkHook(hook);
  checkMethod('logger', options.logger, 'warn', 'a logger such as createLogger() makes');
  return {
    algorithm: options.algorithm,
    nRunners,
    initialResources,
    store: options.store,
    strategy: options.strategy ?? ClientServerExecutionStrategy.fromEnvironment(),
    canServeOthers:
      options.store !== undefined || options.strategy !== undefined || readExecutionEnvironment().port !== undefined,
    tracer: options.tracer,
    adapter: options.adapter,
    hooks: Array.isArray(hooks) ? hooks : [hooks as Hook],
    maxRollouts,
    budget: options.budget,
    prices: options.prices ?? {},
    seed,
    rolloutConfig: resolveRolloutOptions(options.rollout ?? {}),
    label: options.label,
    handleSignals,
    logger: options.logger ?? silentLogger,
  };
}

function resolveRolloutOptions(options: RolloutOptions): RolloutConfigInput {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${ACTION} as 'rollout' must be an object: current value is ${describe(options)}`);
  }
  const names = ['timeoutSeconds', 'unresponsiveSeconds', 'maxAttempts', 'retryOn'];
  refuseUnknownOptions(`${ACTION} as its option 'rollout' is wrong`, options, names);
  const { timeoutSeconds = 900, unresponsiveSeconds = 60, maxAttempts = 3 } = options;
  const { retryOn = ['timeout', 'unresponsive'] } = options;
  if (timeoutSeconds !== null) checkNumberOption(ACTION, 'rollout.timeoutSeconds', timeoutSeconds, { above: 0 });
  if (unresponsiveSeconds !== null) {
    checkNumberOption(ACTION, 'rollout.unresponsiveSeconds', unresponsiveSeconds, { above: 0 });
  }
  checkNumberOption(ACTION, 'rollout.maxAttempts', maxAttempts, { integer: true, min: 1 });
  if (!Array.isArray(retryOn)) {
    throw new TypeError(
      `${ACTION} as 'rollout.retryOn' must be a list of ends of an attempt, such as ['timeout']: current value is ${describe(retryOn)}`,
    );
  }
  for (const status of retryOn) {
    if (!ATTEMPT_STATUSES.includes(status)) {
      throw new RangeError(
        `${ACTION} as 'rollout.retryOn' takes ${ATTEMPT_STATUSES.join(', ')}: current value has ${JSON.stringify(status)}`,
      );
    }
  }
  return { timeoutSeconds, unresponsiveSeconds, maxAttempts, retryCondition: [...retryOn] };
}

function checkLabel(label: unknown): void {
  if (label === undefined) return;
  if (typeof label === 'string' && label.trim() !== '' && !/[\p{Cc}\u2028\u2029]/u.test(label)) return;
  throw new TypeError(`${ACTION} as 'label' must be a line of text: current value is ${describe(label)}`);
}

function checkMethod(name: string, value: unknown, method: string, wanted: string): void {
  if (value === undefined) return;
  if (typeof value === 'object' && value !== null && method in value) return;
  throw new TypeError(`${ACTION} as '${name}' must be ${wanted}: current value is ${describe(value)}`);
}

function checkHook(hook: unknown): void {
  const methods = ['onRolloutStart', 'onTraceStart', 'onTraceEnd', 'onRolloutEnd'];
  if (typeof hook === 'object' && hook !== null && methods.some((method) => method in hook)) return;
  throw new TypeError(
    `${ACTION} as 'hooks' must be hooks, with one of ${methods.join(', ')}: current value is ${describe(hook)}`,
  );
}

/**
 * Refuses what is not an object of named resources.
 * @throws TypeError
 */
export function checkNamedResources(action: string, option: string, resources: NamedResources): void {
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources) || isPromptTemplate(resources)) {
    throw new TypeError(
      `${action} as '${option}' must be an object of named resources, such as { prompt_template: new PromptTemplate(…) }: current value is ${describe(resources)}`,
    );
  }
  for (const [name, resource] of Object.entries(resources)) {
    if (typeof resource !== 'object' || resource === null || !('resourceType' in resource)) {
      throw new TypeError(
        `${action} as the resource '${name}' must be a PromptTemplate, LLM or ProxyLLM: current value is ${describe(resource)}`,
      );
    }
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor?.name ?? 'Object'}`;
  if (typeof value === 'function') return `the function or class '${value.name}'`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
