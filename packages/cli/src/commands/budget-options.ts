import { InvalidArgumentError, Option } from 'commander';

/** The limits that the command line may set, by the name of their option. */
export interface BudgetArguments {
  readonly budgetUsd?: number;
  readonly budgetTokens?: number;
  readonly budgetRollouts?: number;
  readonly budgetModelCalls?: number;
  readonly budgetMinutes?: number;
}

/** `--budget-rollouts` and the like. */
export function budgetOptions(): Option[] {
  const option = (name: string, what: string, parse: (text: string) => number): Option =>
    new Option(`--budget-${name} <number>`, `spend at most so many ${what} in all`).argParser(parse);
  return [
    option('rollouts', 'rollouts', wholeNumber),
    option('model-calls', 'requests to models', wholeNumber),
    option('tokens', 'tokens', wholeNumber),
    option('usd', "dollars, by the script's prices", positiveNumber),
    option('minutes', 'minutes of work', positiveNumber),
  ];
}

/** The option of a limit: that of `modelCalls` is `--budget-model-calls`. */
export function budgetOptionOf(limit: string): string {
  return `--budget-${limit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The limits as `Budget` has them; `undefined` if none is set. */
export function budgetOf(given: BudgetArguments): Record<string, number> | undefined {
  const limits = {
    usd: given.budgetUsd,
    tokens: given.budgetTokens,
    rollouts: given.budgetRollouts,
    modelCalls: given.budgetModelCalls,
    minutes: given.budgetMinutes,
  };
  const set = Object.entries(limits).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}

/** A positive integer, as the value of an option. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive integer.');
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}
