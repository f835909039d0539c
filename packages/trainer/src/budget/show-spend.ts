import { dollars, grouped } from '@agentlightning/core/run';
import { BUDGET_LIMITS, type Budget, type BudgetLimit } from './budget.ts';
import type { Spend } from './spend-rows.ts';

/** What is spent of each limit, for a person: `rollouts 87 of 100 · $0.42 of $5.00`. Empty without limits. */
export function spendOfBudget(spend: Spend, budget: Budget): string {
  return BUDGET_LIMITS.flatMap((limit) => {
    const cap = budget[limit];
    return cap === undefined ? [] : [textOf(limit, amountSpent(spend, limit), cap)];
  }).join(' · ');
}

/** How much is spent of what a limit counts. */
export function amountSpent(spend: Spend, limit: BudgetLimit): number {
  switch (limit) {
    case 'usd':
      return spend.usd ?? 0;
    case 'tokens':
      return spend.tokens.prompt + spend.tokens.completion;
    case 'rollouts':
      return spend.rollouts;
    case 'modelCalls':
      return spend.modelCalls.algorithm + spend.modelCalls.agent;
    case 'minutes':
      return spend.minutes;
    default:
      return limit satisfies never;
  }
}

/** An amount as a person reads it: `$0.42`, `1,220`, `7.5`. */
export function amountText(limit: BudgetLimit, amount: number): string {
  if (limit === 'usd') return dollars(amount);
  if (limit === 'minutes') return String(Math.round(amount * 10) / 10);
  return grouped(amount);
}

/** The option of `agl resume` that raises a limit. */
export function optionOf(limit: BudgetLimit): string {
  return `--budget-${limit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const NOUNS: Readonly<Record<Exclude<BudgetLimit, 'usd'>, string>> = {
  tokens: 'tokens',
  rollouts: 'rollouts',
  modelCalls: 'model calls',
  minutes: 'minutes',
};

function textOf(limit: BudgetLimit, spent: number, cap: number): string {
  const amounts = `${amountText(limit, spent)} of ${amountText(limit, cap)}`;
  return limit === 'usd' ? amounts : `${NOUNS[limit]} ${amounts}`;
}
