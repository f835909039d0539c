import type { ModelUsage, TokenUsage } from '@agentlightning/core';
import type { Budget, Spend } from '@agentlightning/core/run';
import { costOf, type Prices } from './prices.ts';

export type { Spend };

/** What the rows of a ledger are called among the records of a run in its store. */
export const SPEND_KIND = 'spend';

/** One entry of the ledger of a run. Plain JSON; each has a key of its own, and a later one under that key takes its place. */
export type SpendRow =
  /** Rollouts of one evaluation, written when it is opened, before they are enqueued. */
  | { readonly type: 'rollouts'; readonly rollouts: number }
  /**
   * A model call of the optimiser: written as `open` before it is made. One that stays open, because its process was killed, counts by what was
   * reserved for it; so does one whose reply does not say what it took.
   */
  | {
      readonly type: 'call';
      /** The step that made it. */
      readonly step: string;
      readonly model: string | null;
      readonly state: 'open' | 'answered' | 'failed';
      readonly tokens: TokenUsage;
    }
  /** What the agent's attempts at one rollout called models for, by their spans. */
  | { readonly type: 'agent'; readonly models: readonly ModelUsage[] }
  /** How long one process has worked on the run. */
  | { readonly type: 'process'; readonly seconds: number }
  /** By what the process that came last counts. There is one. */
  | { readonly type: 'terms'; readonly budget: Budget | null; readonly prices: Prices };

/** Nothing. */
export const NO_SPEND: Spend = {
  rollouts: 0,
  modelCalls: { algorithm: 0, agent: 0 },
  tokens: { prompt: 0, completion: 0 },
  usd: null,
  minutes: 0,
  unpricedModels: [],
  callsWithoutTokens: 0,
};

/** What one row adds to the spend, with `usd` for models that have a price. */
export function spendOf(row: SpendRow, prices: Prices): Spend {
  switch (row.type) {
    case 'rollouts':
      return { ...NO_SPEND, rollouts: row.rollouts };
    case 'call':
      return {
        ...NO_SPEND,
        modelCalls: { algorithm: 1, agent: 0 },
        tokens: { prompt: row.tokens.promptTokens, completion: row.tokens.completionTokens },
        ...priced(prices, row.model, row.tokens),
      };
    case 'agent':
      return row.models
        .map((usage) => spendOfAgent(usage, prices))
        .reduce((sum, spend) => addSpend(sum, spend), NO_SPEND);
    case 'process':
      return { ...NO_SPEND, minutes: row.seconds / 60 };
    case 'terms':
      return NO_SPEND;
    default:
      return row satisfies never;
  }
}

/** The sum of two, or the difference. Exact where it has to be: rollouts, calls and tokens are whole numbers. */
export function addSpend(a: Spend, b: Spend, sign: 1 | -1 = 1): Spend {
  return {
    rollouts: a.rollouts + sign * b.rollouts,
    modelCalls: {
      algorithm: a.modelCalls.algorithm + sign * b.modelCalls.algorithm,
      agent: a.modelCalls.agent + sign * b.modelCalls.agent,
    },
    tokens: {
      prompt: a.tokens.prompt + sign * b.tokens.prompt,
      completion: a.tokens.completion + sign * b.tokens.completion,
    },
    usd: a.usd === null && b.usd === null ? null : (a.usd ?? 0) + sign * (b.usd ?? 0),
    minutes: a.minutes + sign * b.minutes,
    unpricedModels:
      b.unpricedModels.length === 0 ? a.unpricedModels : [...new Set([...a.unpricedModels, ...b.unpricedModels])],
    callsWithoutTokens: a.callsWithoutTokens + sign * b.callsWithoutTokens,
  };
}

/** What these rows come to, by the prices that are among them. */
export function sumSpend(rows: Iterable<SpendRow>, prices: Prices): Spend {
  let sum = Object.keys(prices).length === 0 ? NO_SPEND : { ...NO_SPEND, usd: 0 };
  for (const row of rows) sum = addSpend(sum, spendOf(row, prices));
  return sum;
}

function spendOfAgent(usage: ModelUsage, prices: Prices): Spend {
  return {
    ...NO_SPEND,
    modelCalls: { algorithm: 0, agent: usage.modelCalls },
    tokens: { prompt: usage.promptTokens, completion: usage.completionTokens },
    callsWithoutTokens: usage.callsWithoutTokens,
    ...priced(prices, usage.model, usage),
  };
}

function priced(prices: Prices, model: string | null, tokens: TokenUsage): Pick<Spend, 'usd' | 'unpricedModels'> {
  if (Object.keys(prices).length === 0) return { usd: null, unpricedModels: [] };
  const usd = costOf(prices, model ?? undefined, tokens);
  return usd === undefined ? { usd: 0, unpricedModels: [model ?? 'unknown'] } : { usd, unpricedModels: [] };
}
