import { checkNumberOption, refuseUnknownOptions, type TokenUsage } from '@agentlightning/core';

/** What a model costs, in dollars (or whatever all of them are in) for a million tokens. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Of tokens from the provider's cache. Default: as `inputPerMillion`. */
  readonly cachedInputPerMillion?: number;
}

/** Prices by the name under which a model is asked for. There are none built in: they would be wrong sooner or later. */
export type Prices = Readonly<Record<string, ModelPrice>>;

/**
 * Refuses what is no table of prices.
 * @throws TypeError or RangeError naming the model, the value, and what is wanted
 */
export function checkPrices(action: string, prices: Prices): void {
  if (typeof prices !== 'object' || prices === null || Array.isArray(prices)) {
    throw new TypeError(
      `${action} as 'prices' must be an object of prices by model, such as { 'gpt-4.1-mini': { inputPerMillion: 0.4, outputPerMillion: 1.6 } }: current value is ${JSON.stringify(prices)}`,
    );
  }
  for (const [model, price] of Object.entries(prices)) {
    const name = `prices['${model}']`;
    if (typeof price !== 'object' || price === null) {
      throw new TypeError(
        `${action} as '${name}' must be { inputPerMillion, outputPerMillion, cachedInputPerMillion? }: current value is ${JSON.stringify(price)}`,
      );
    }
    const known = ['inputPerMillion', 'outputPerMillion', 'cachedInputPerMillion'] as const;
    refuseUnknownOptions(`${action} as its option '${name}' is wrong`, price, known);
    for (const part of known) {
      if (part === 'cachedInputPerMillion' && price[part] === undefined) continue;
      checkNumberOption(action, `${name}.${part}`, price[part], { min: 0, max: Number.MAX_VALUE });
    }
  }
}

/** What these tokens cost; `undefined` without a price for the model. */
export function costOf(prices: Prices, model: string | undefined, usage: TokenUsage): number | undefined {
  const price = model !== undefined && Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (price === undefined) return undefined;
  const { promptTokens, completionTokens } = usage;
  const cached = Math.min(usage.cachedPromptTokens ?? 0, promptTokens);
  const millionths =
    (promptTokens - cached) * price.inputPerMillion +
    cached * (price.cachedInputPerMillion ?? price.inputPerMillion) +
    completionTokens * price.outputPerMillion;
  return millionths / 1e6;
}
