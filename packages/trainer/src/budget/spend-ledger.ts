import {
  ASSUMED_COMPLETION_TOKENS,
  type Clock,
  LightningError,
  type ModelCallRequest,
  type ModelUsage,
  openAiUsage,
  type TokenUsage,
} from '@agentlightning/core';
import type { Budget } from './budget.ts';
import { budgetReached } from './budget-reached.ts';
import { costOf, type Prices } from './prices.ts';
import { amountSpent } from './show-spend.ts';
import { addSpend, NO_SPEND, type Spend, type SpendRow, spendOf, sumSpend } from './spend-rows.ts';

/** How long changes are gathered before they are told, in milliseconds. */
const INTERVAL_MS = 100;

/** Where the rows of a ledger are kept: part of a run's journal. */
export interface SpendRowKeeper {
  spendRows(): Iterable<readonly [key: string, row: SpendRow]>;
  /** Resolves when the row is kept, with everything that was put before. */
  putSpend(key: string, row: SpendRow): Promise<void>;
  /** The row is kept with the next one that answers a promise, or at the end of the turn. */
  noteSpend(key: string, row: SpendRow): void;
}

/** What a ledger is made of. */
export interface SpendLedgerOptions {
  readonly rows: SpendRowKeeper;
  readonly budget: Budget | undefined;
  readonly prices: Prices;
  readonly clock: Clock;
  /** Told what is spent, at most ten times a second. */
  readonly tell: (spend: Spend) => void;
}

/** A model call that may be made. One of its methods is called, once. */
export interface PaidCall {
  /** It was answered. */
  answered(reply: unknown): void;
  failed(error: unknown): void;
}

/**
 * What a run has spent, and whether it may spend more: one ledger over the optimiser's calls and the agents', over all processes that work on
 * the run. Every sum is one over rows; what is in memory is a copy of them.
 *
 * A place is taken before what it is for begins, in the same turn as it is looked for, so that no number of callers at once gets more than there is.
 */
export class SpendLedger {
  readonly #options: SpendLedgerOptions;
  readonly #limits: Budget;
  readonly #rows = new Map<string, SpendRow>();
  /** All rows but {@link #underWay} and this process's own time. */
  #spent: Spend;
  /** Calls that this process is making. */
  #underWay: Spend = NO_SPEND;
  #callsUnderWay = 0;
  #calls = 0;
  readonly #process: string;
  readonly #since: number;
  #settled = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;

  /** Takes up what is there, and counts from now on. */
  constructor(options: SpendLedgerOptions) {
    this.#options = options;
    this.#limits = options.budget ?? {};
    for (const [key, row] of options.rows.spendRows()) this.#rows.set(key, row);
    this.#spent = sumSpend(this.#rows.values(), options.prices);
    const ofType = (type: SpendRow['type']): number =>
      [...this.#rows.values()].filter((row) => row.type === type).length;
    this.#calls = ofType('call');
    this.#process = `process ${ofType('process')}`;
    this.#since = options.clock.now();
    options.rows.noteSpend('terms', { type: 'terms', budget: options.budget ?? null, prices: options.prices });
    options.rows.noteSpend(this.#process, { type: 'process', seconds: 0 });
  }

  /** All that is spent, what is reserved for calls under way included. */
  get spend(): Spend {
    const sum = addSpend(this.#spent, this.#underWay);
    return { ...sum, minutes: sum.minutes + this.#seconds / 60 };
  }

  /** Seconds until `minutes` are over, which may be negative; `undefined` without that limit. */
  get secondsLeft(): number | undefined {
    const { minutes } = this.#limits;
    return minutes === undefined ? undefined : (minutes - this.#spent.minutes) * 60 - this.#seconds;
  }

  /** Notes how long this process has worked. */
  pulse(): void {
    this.#options.rows.noteSpend(this.#process, { type: 'process', seconds: this.#seconds });
  }

  /**
   * Takes the rollouts of an evaluation that is about to begin.
   * @param name - of the evaluation, for the message
   * @throws LightningError `BUDGET_REACHED` if they are more than are left, or something else is used up
   */
  reserveRollouts(key: string, name: string, rollouts: number): void {
    const used = this.usedUp();
    if (used !== undefined) throw used;
    const { rollouts: cap } = this.#limits;
    const spent = this.#spent.rollouts;
    if (cap !== undefined && spent + rollouts > cap) {
      throw budgetReached({ limit: 'rollouts', cap, spent, wanted: rollouts }, `the evaluation "${name}"`);
    }
    this.#note(`evaluation ${key}`, { type: 'rollouts', rollouts });
  }

  /**
   * Takes the place of one model call, and has it on disk. Where there is only no room because of what is reserved for calls under way, their replies are
   * awaited first: most take less than was reserved.
   *
   * @param step - the path of the step that makes it
   * @throws LightningError `BUDGET_REACHED`; `PRICE_UNKNOWN` with a budget in dollars and no price for the model
   */
  async openCall(step: string, request: ModelCallRequest, signal: AbortSignal): Promise<PaidCall> {
    const tokens: TokenUsage = {
      promptTokens: request.promptTokens ?? 0,
      completionTokens: request.maxCompletionTokens ?? ASSUMED_COMPLETION_TOKENS,
    };
    const row = { type: 'call', step, model: request.model ?? null, state: 'open', tokens } as const;
    this.#checkPrice(request.model);
    const cost = spendOf(row, this.#options.prices);
    for (;;) {
      signal.throwIfAborted();
      const refusal = this.#refusalOf(cost, `a call of ${request.model ?? 'a model'} in "${step}"`);
      if (refusal === undefined) break;
      if (!refusal.mayPass) throw refusal.error;
      await this.#settled.promise;
    }
    const key = `call ${this.#calls++}`;
    this.#underWay = addSpend(this.#underWay, cost);
    this.#callsUnderWay += 1;
    const settle = (settled: SpendRow): void => {
      this.#underWay = addSpend(this.#underWay, cost, -1);
      this.#callsUnderWay -= 1;
      this.#note(key, settled);
      this.#settled.resolve();
      this.#settled = Promise.withResolvers();
    };
    try {
      await this.#options.rows.putSpend(key, row);
    } catch (error) {
      settle(row);
      throw error;
    }
    this.#changed();
    return {
      answered: (reply) => {
        const usage = request.usage === undefined ? openAiUsage(reply) : request.usage(reply);
        settle({ ...row, state: 'answered', tokens: usage ?? tokens });
      },
      failed: (error) => settle({ ...row, state: 'failed', tokens: wasRefused(error) ? NO_TOKENS : tokens }),
    };
  }

  /**
   * Counts what the agents' attempts at a rollout called models for. Again for the same rollout, it takes the place of what was known.
   * @throws LightningError `PRICE_UNKNOWN` with a budget in dollars and no price for one of the models
   */
  noteAgents(rolloutId: string, models: readonly ModelUsage[]): void {
    const key = `rollout ${rolloutId}`;
    if (models.length === 0 && !this.#rows.has(key)) return;
    this.#note(key, { type: 'agent', models });
    for (const { model } of models) this.#checkPrice(model);
  }

  /**
   * The limit that leaves no room for anything that agents do, if there is one: the time is over, or as much of the others is spent as may be, where agents
   * are known to call models.
   */
  usedUp(): LightningError | undefined {
    const { usd, tokens, modelCalls, minutes } = this.#limits;
    const left = this.secondsLeft;
    if (left !== undefined && left <= 0) {
      return budgetReached({ limit: 'minutes', cap: minutes!, spent: this.spend.minutes, wanted: null }, '');
    }
    if (this.#spent.modelCalls.agent === 0) return undefined;
    const caps = { usd, tokens, modelCalls };
    for (const limit of ['usd', 'tokens', 'modelCalls'] as const) {
      const [cap, spent] = [caps[limit], amountSpent(this.#spent, limit)];
      if (cap !== undefined && spent >= cap) return budgetReached({ limit, cap, spent, wanted: null }, '');
    }
    return undefined;
  }

  /** Tells what is spent for the last time. */
  close(): void {
    this.pulse();
    this.#flush();
  }

  get #seconds(): number {
    return Math.max(0, this.#options.clock.now() - this.#since);
  }

  /** Why a call of this cost may not be made now, and whether that may pass. */
  #refusalOf(cost: Spend, what: string): { readonly error: LightningError; readonly mayPass: boolean } | undefined {
    const left = this.secondsLeft;
    if (left !== undefined && left <= 0) return { error: this.usedUp()!, mayPass: false };
    const everything = addSpend(this.#spent, this.#underWay);
    for (const limit of ['modelCalls', 'tokens', 'usd'] as const) {
      const cap = this.#limits[limit];
      const wanted = amountSpent(cost, limit);
      if (cap === undefined || amountSpent(everything, limit) + wanted <= cap) continue;
      const spent = amountSpent(everything, limit);
      // A call is a call, whatever comes of it.
      const mayPass = limit !== 'modelCalls' && this.#callsUnderWay > 0;
      return { error: budgetReached({ limit, cap, spent, wanted }, what), mayPass };
    }
    return undefined;
  }

  #checkPrice(model: string | undefined): void {
    const { prices } = this.#options;
    if (this.#limits.usd === undefined || costOf(prices, model, NO_TOKENS) !== undefined) return;
    throw priceUnknown(model);
  }

  #note(key: string, row: SpendRow): void {
    const { rows, prices } = this.#options;
    const before = this.#rows.get(key);
    if (before !== undefined) this.#spent = addSpend(this.#spent, spendOf(before, prices), -1);
    this.#spent = addSpend(this.#spent, spendOf(row, prices));
    this.#rows.set(key, row);
    rows.noteSpend(key, row);
    this.#changed();
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#options.tell(this.spend);
  }
}

const NO_TOKENS: TokenUsage = { promptTokens: 0, completionTokens: 0 };

/** The error of a budget in dollars that cannot be kept. */
export function priceUnknown(model: string | undefined): LightningError {
  const what =
    model === undefined ? 'A model call does not say which model it asks for' : `The model '${model}' has no price`;
  return new LightningError(
    'PRICE_UNKNOWN',
    `${what}, so that a budget of 'usd' cannot be kept: ${model === undefined ? 'name it in the request of llm()' : `add it to 'prices', with 0 if it costs nothing`}`,
    { details: { model: model ?? null } },
  );
}

/** Whether an endpoint has answered that it did nothing. */
function wasRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && Number(error.status) >= 400;
}
