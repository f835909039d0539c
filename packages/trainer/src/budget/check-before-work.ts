import {
  type Algorithm,
  type AlgorithmPlan,
  type ExecutionStrategy,
  isLLM,
  isProxyLLM,
  type NamedResources,
} from '@agentlightning/core';
import { grouped } from '@agentlightning/core/run';
import type { Budget } from './budget.ts';
import type { Prices } from './prices.ts';
import { priceUnknown } from './spend-ledger.ts';

/** A run that is about to begin, as far as its budget goes. */
export interface RunToBudget {
  readonly budget: Budget | undefined;
  readonly prices: Prices;
  readonly algorithm: Algorithm<never, unknown> | undefined;
  readonly strategy: ExecutionStrategy;
  readonly initialResources: NamedResources;
  readonly trainTasks: number;
  readonly valTasks: number;
  /** 0 without a test set. */
  readonly testTasks: number;
  /** Whether it goes on where a process left off: then something came of it already. */
  readonly isResumed: boolean;
}

/**
 * Refuses a budget that cannot be kept, or that nothing can come of, before anything is spent.
 *
 * @returns what a user should know, in sentences
 * @throws TypeError for an algorithm whose work does not go through the ledger; RangeError for less than the first evaluation takes; LightningError
 *   `PRICE_UNKNOWN` for a model that is known and has no price
 */
export function checkBudgetBeforeWork(run: RunToBudget): string[] {
  const { budget, algorithm, strategy, trainTasks, valTasks } = run;
  // Where only runners are, the budget is that of the process with the algorithm.
  if (budget === undefined || strategy.runsAlgorithm === false) return [];
  refuseUncounted(algorithm);
  const plan = algorithm?.plan?.({ trainTasks, valTasks });
  if (budget.usd !== undefined) {
    for (const model of knownModels(plan, run.initialResources)) {
      if (!Object.hasOwn(run.prices, model)) throw priceUnknown(model);
    }
  }
  if (plan === undefined) return [];
  if (!run.isResumed) refuseTooLittle(budget, plan);
  return shortfalls(budget, plan, 2 * run.testTasks);
}

/** The models that are known before a run: the optimiser's, and those of the resources. */
function knownModels(plan: AlgorithmPlan | undefined, resources: NamedResources): Set<string> {
  const parts = [...(plan?.parts ?? []), ...(plan?.extras ?? [])];
  return new Set([...parts.flatMap(({ model }) => model ?? []), ...servedModels(resources)]);
}

/** The models that resources speak of, each once. */
export function servedModels(resources: NamedResources): string[] {
  const served = Object.values(resources).filter((resource) => isLLM(resource) || isProxyLLM(resource));
  return [...new Set(served.map(({ model }) => model))];
}

function refuseUncounted(algorithm: Algorithm<never, unknown> | undefined): void {
  if (algorithm?.durable === true) return;
  const why =
    algorithm === undefined
      ? 'without an algorithm a run serves what others ask for'
      : `the algorithm '${algorithm.name}' drives the store by itself`;
  throw new TypeError(
    `Cannot start the run as 'budget' cannot be kept: ${why}, so nothing of it is counted beforehand. 'maxRollouts' bounds what runners begin`,
  );
}

function refuseTooLittle({ rollouts: cap }: Budget, { parts }: AlgorithmPlan): void {
  const first = parts.find(({ rollouts }) => rollouts > 0);
  if (cap === undefined || first === undefined || cap >= first.rollouts) return;
  throw new RangeError(
    `Cannot start the run as 'budget.rollouts' must be ${first.rollouts} or more, which is what the ${first.name} takes (${first.formula}): current value is ${cap}`,
  );
}

function shortfalls({ rollouts, modelCalls }: Budget, { parts }: AlgorithmPlan, heldOut: number): string[] {
  const planned = parts.reduce((sum, part) => sum + part.rollouts, heldOut);
  const calls = parts.reduce((sum, part) => sum + part.modelCalls, 0);
  const lines: string[] = [];
  const warn = (limit: string, cap: number, wanted: number, what: string): void => {
    lines.push(
      `The budget is below the plan: '${limit}' is ${grouped(cap)}, and the run is planned to take ${grouped(wanted)} ${what}. It will stop with the best so far`,
    );
  };
  if (rollouts !== undefined && rollouts < planned) {
    warn(
      'rollouts',
      rollouts,
      planned,
      heldOut > 0 ? `rollouts, ${grouped(heldOut)} of them for the test set` : 'rollouts',
    );
  }
  if (modelCalls !== undefined && modelCalls < calls) {
    warn('modelCalls', modelCalls, calls, 'model calls of the optimiser alone');
  }
  return lines;
}
