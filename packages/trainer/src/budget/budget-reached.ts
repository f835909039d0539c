import { isLightningError, LightningError } from '@agentlightning/core';
import type { BudgetLimit } from './budget.ts';
import { amountText } from './show-spend.ts';

/** Where a run met its budget. Plain JSON. */
export interface BudgetReached {
  readonly limit: BudgetLimit;
  /** The limit's value. */
  readonly cap: number;
  /** What was spent of it. */
  readonly spent: number;
  /** What would have been needed next; `null` where that cannot be known, or the limit itself is used up. */
  readonly wanted: number | null;
  /** All of it in a sentence. */
  readonly message: string;
}

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
