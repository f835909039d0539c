import { checkNumberOption, refuseUnknownOptions } from '@agentlightning/core';
import type { Budget, BudgetLimit } from '@agentlightning/core/run';

export type { Budget, BudgetLimit };

/** All limits, in the order in which they are shown. */
export const BUDGET_LIMITS = [
  'usd',
  'tokens',
  'rollouts',
  'modelCalls',
  'minutes',
] as const satisfies readonly BudgetLimit[];

/**
 * Refuses what is no budget.
 * @throws TypeError or RangeError naming the limit, its value, and what is wanted
 */
export function checkBudget(action: string, budget: Budget): void {
  if (typeof budget !== 'object' || budget === null || Array.isArray(budget)) {
    throw new TypeError(
      `${action} as 'budget' must be an object such as { rollouts: 500 }: current value is ${JSON.stringify(budget)}`,
    );
  }
  refuseUnknownOptions(`${action} as its option 'budget' is wrong`, budget, BUDGET_LIMITS);
  for (const limit of BUDGET_LIMITS) {
    const value = budget[limit];
    if (value === undefined) continue;
    const isMeasured = limit === 'usd' || limit === 'minutes';
    const range = isMeasured
      ? { above: 0, max: Number.MAX_VALUE }
      : { integer: true, min: 1, max: Number.MAX_SAFE_INTEGER };
    checkNumberOption(action, `budget.${limit}`, value, range);
  }
}

/** The limits of several budgets: of each limit the last one that is given. `undefined` if there is none. */
export function mergeBudgets(...budgets: readonly (Budget | undefined)[]): Budget | undefined {
  const limits = budgets.flatMap((budget) => Object.entries(budget ?? {}).filter(([, value]) => value !== undefined));
  return limits.length === 0 ? undefined : (Object.fromEntries(limits) as Budget);
}
