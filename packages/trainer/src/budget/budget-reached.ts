import { isLightningError, LightningError } from '@agentlightning/core';
import type { BudgetLimit, BudgetReached } from '@agentlightning/core/run';
import { amountText } from './show-spend.ts';

export type { BudgetReached };

/** The error that ends a run at its budget. It is not recorded: with a higher limit the run goes on. */
export function budgetReached(
  what: { readonly limit: BudgetLimit; readonly cap: number; readonly spent: number; readonly wanted: number | null },
  next: string,
): LightningError {
  const { limit, cap, spent, wanted } = what;
  const isEstimate = limit === 'usd' || limit === 'tokens';
  const rest = wanted === null ? '' : `, and ${next} takes ${isEstimate ? 'up to ' : ''}${amountText(limit, wanted)}`;
  return new LightningError(
    'BUDGET_REACHED',
    `The budget is reached: '${limit}' is ${amountText(limit, cap)}, ${amountText(limit, spent)} ${spent === 1 ? 'is' : 'are'} spent${rest}`,
    { details: { ...what } },
  );
}

/** What an error of {@link budgetReached} says; `undefined` for any other. */
export function readBudgetReached(error: unknown): BudgetReached | undefined {
  if (!isLightningError(error, 'BUDGET_REACHED')) return undefined;
  return { ...(error.details as unknown as Omit<BudgetReached, 'message'>), message: error.message };
}
