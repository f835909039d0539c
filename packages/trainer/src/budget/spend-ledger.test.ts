import type { ModelUsage } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InMemoryRunJournal } from '../context/run-journal.ts';
import type { Budget } from './budget.ts';
import type { Prices } from './prices.ts';
import { SpendLedger, type SpendRowKeeper } from './spend-ledger.ts';
import type { SpendRow } from './spend-rows.ts';

const signal = new AbortController().signal;
const prices: Prices = { mini: { inputPerMillion: 1, outputPerMillion: 10, cachedInputPerMillion: 0.5 } };

/** A ledger of one process over rows that outlive it. */
function open(options: { rows?: SpendRowKeeper; budget?: Budget; prices?: Prices; clock?: VirtualClock } = {}) {
  const { rows = new InMemoryRunJournal(), budget, prices: given = {}, clock = new VirtualClock() } = options;
  const ledger = new SpendLedger({ rows, budget, prices: given, clock, tell: () => {} });
  onTestFinished(() => ledger.close());
  return ledger;
}

function agentUsage(usage: Partial<ModelUsage> = {}): ModelUsage {
  return {
    model: 'mini',
    modelCalls: 1,
    promptTokens: 0,
    completionTokens: 0,
    cachedPromptTokens: 0,
    callsWithoutTokens: 0,
    ...usage,
  };
}

const reply = (prompt: number, completion: number, cached = 0) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, prompt_tokens_details: { cached_tokens: cached } },
});

describe('the limit of model calls', () => {
  it('lets one of 100 callers at once have the last call', async () => {
    const ledger = open({ budget: { modelCalls: 8 } });
    for (let call = 0; call < 7; call += 1) (await ledger.openCall('s', {}, signal)).answered(reply(1, 1));
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => ledger.openCall('s', {}, signal)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(all.find((result) => result.status === 'rejected')).toMatchObject({
      reason: {
        code: 'BUDGET_REACHED',
        message: 'The budget is reached: \'modelCalls\' is 8, 8 are spent, and a call of a model in "s" takes 1',
        details: { limit: 'modelCalls', cap: 8, spent: 8, wanted: 1 },
      },
    });
  });

  it('counts a call that failed, and one that a killed process left open', async () => {
    const rows = new InMemoryRunJournal();
    const first = open({ rows });
    (await first.openCall('s', {}, signal)).failed(new Error('reset'));
    await first.openCall('s', {}, signal);
    const second = open({ rows, budget: { modelCalls: 3 } });
    expect(second.spend.modelCalls.algorithm).toBe(2);
    await second.openCall('s', {}, signal);
    await expect(second.openCall('s', {}, signal)).rejects.toMatchObject({ code: 'BUDGET_REACHED' });
  });

  it('has a call on disk before it may be made', async () => {
    const kept = Promise.withResolvers<void>();
    const put: [string, SpendRow][] = [];
    const rows: SpendRowKeeper = {
      spendRows: () => [],
      noteSpend: () => {},
      putSpend: async (key, row) => {
        put.push([key, row]);
        await kept.promise;
      },
    };
    let isOpen = false;
    const opening = open({ rows })
      .openCall('r1/edit', { model: 'mini', promptTokens: 10, maxCompletionTokens: 5 }, signal)
      .then(() => (isOpen = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOpen).toBe(false);
    const tokens = { promptTokens: 10, completionTokens: 5 };
    expect(put).toEqual([['call 0', { type: 'call', step: 'r1/edit', model: 'mini', state: 'open', tokens }]]);
    kept.resolve();
    await opening;
  });
});

describe('the limits of tokens and dollars', () => {
  const request = { model: 'mini', promptTokens: 100, maxCompletionTokens: 100 };

  it('reserve what a call may take, and settle by what its reply says', async () => {
    const ledger = open({ budget: { tokens: 300 }, prices });
    const call = await ledger.openCall('s', request, signal);
    expect(ledger.spend.tokens).toEqual({ prompt: 100, completion: 100 });
    call.answered(reply(80, 20, 40));
    expect(ledger.spend.tokens).toEqual({ prompt: 80, completion: 20 });
    expect(ledger.spend.usd).toBeCloseTo((40 * 1 + 40 * 0.5 + 20 * 10) / 1e6, 12);
    // 100 are spent, and 200 may be.
    await ledger.openCall('s', request, signal);
  });

  it('take 4,096 tokens for the reply to a request without a limit', async () => {
    const ledger = open({ budget: { tokens: 4095 } });
    await expect(ledger.openCall('s', {}, signal)).rejects.toMatchObject({ details: { spent: 0, wanted: 4096 } });
  });

  it('have a call wait for the replies of others, and refuse it when they took too much', async () => {
    const ledger = open({ budget: { tokens: 450 } });
    const [first, second] = [await ledger.openCall('s', request, signal), await ledger.openCall('s', request, signal)];
    const third = ledger.openCall('s', request, signal);
    const fourth = ledger.openCall('s', request, signal);
    first.answered(reply(25, 25));
    (await third).answered(reply(100, 100));
    second.answered(reply(40, 40));
    await expect(fourth).rejects.toMatchObject({ details: { limit: 'tokens', spent: 330, wanted: 200 } });
  });

  it('are held for what a reply does not say, for what was cut off, and not for what was refused', async () => {
    const ledger = open();
    (await ledger.openCall('s', request, signal)).answered({ choices: [] });
    expect(ledger.spend.tokens).toEqual({ prompt: 100, completion: 100 });
    (await ledger.openCall('s', request, signal)).failed(new Error('reset'));
    expect(ledger.spend.tokens).toEqual({ prompt: 200, completion: 200 });
    (await ledger.openCall('s', request, signal)).failed(Object.assign(new Error('busy'), { status: 429 }));
    expect(ledger.spend).toMatchObject({
      tokens: { prompt: 200, completion: 200 },
      modelCalls: { algorithm: 3, agent: 0 },
    });
  });

  it('count the agents, each rollout once, and say when they are used up', () => {
    const rows = new InMemoryRunJournal();
    const budget = { usd: 0.003 };
    const ledger = open({ rows, budget, prices });
    ledger.noteAgents('ro-1', [agentUsage({ promptTokens: 500 })]);
    ledger.noteAgents('ro-1', [agentUsage({ promptTokens: 1000 })]);
    expect(ledger.spend).toMatchObject({ usd: 0.001, tokens: { prompt: 1000 }, modelCalls: { agent: 1 } });
    expect(ledger.usedUp()).toBeUndefined();
    ledger.noteAgents('ro-2', [agentUsage({ modelCalls: 2, completionTokens: 200, callsWithoutTokens: 1 })]);
    expect(ledger.spend).toMatchObject({ modelCalls: { agent: 3 }, callsWithoutTokens: 1 });
    expect(ledger.usedUp()).toMatchObject({ code: 'BUDGET_REACHED', details: { limit: 'usd', wanted: null } });
    expect(() => ledger.reserveRollouts('e', 'e', 1)).toThrow("'usd' is $0.0030, $0.0030 are spent");
    const { minutes: _, ...spend } = ledger.spend;
    expect(open({ rows, budget, prices }).spend).toMatchObject(spend);
  });

  it('leave an agent alone that calls no models', async () => {
    const ledger = open({ budget: { modelCalls: 1 } });
    await ledger.openCall('s', {}, signal);
    ledger.noteAgents('ro-1', []);
    ledger.reserveRollouts('e', 'e', 1000);
    expect(ledger.usedUp()).toBeUndefined();
  });

  it('are refused for a model without a price, naming it', async () => {
    const ledger = open({ budget: { usd: 1 }, prices });
    await expect(ledger.openCall('s', { model: 'large' }, signal)).rejects.toMatchObject({
      code: 'PRICE_UNKNOWN',
      message: expect.stringContaining("'large'"),
    });
    await expect(ledger.openCall('s', {}, signal)).rejects.toThrow('does not say which model');
    expect(() => ledger.noteAgents('ro-1', [agentUsage({ model: 'large' })])).toThrow("'large'");
    const unlimited = open({ prices });
    unlimited.noteAgents('ro-1', [agentUsage({ model: 'large' }), agentUsage({ completionTokens: 1000 })]);
    expect(unlimited.spend).toMatchObject({ usd: 0.01, unpricedModels: ['large'] });
    expect(open().spend.usd).toBeNull();
  });
});

describe('the limit of rollouts', () => {
  it('takes all of an evaluation or none of it, over all processes', () => {
    const rows = new InMemoryRunJournal();
    const budget = { rollouts: 10 };
    open({ rows, budget }).reserveRollouts('a', 'a', 7);
    const second = open({ rows, budget });
    expect(() => second.reserveRollouts('b', 'r1/b', 4)).toThrow(
      'The budget is reached: \'rollouts\' is 10, 7 are spent, and the evaluation "r1/b" takes 4',
    );
    second.reserveRollouts('c', 'c', 3);
    expect(second.spend.rollouts).toBe(10);
  });
});

describe('the limit of minutes', () => {
  it('counts the time of every process, and none in between', async () => {
    const clock = new VirtualClock();
    const rows = new InMemoryRunJournal();
    const budget = { minutes: 2 };
    const first = open({ rows, budget, clock });
    clock.advance(50);
    first.pulse();
    clock.advance(3600);
    const second = open({ rows, budget, clock });
    clock.advance(69);
    expect(second.secondsLeft).toBeCloseTo(1);
    second.reserveRollouts('a', 'a', 1);
    clock.advance(1);
    expect(() => second.reserveRollouts('b', 'b', 1)).toThrow("'minutes' is 2, 2 are spent");
    await expect(second.openCall('s', {}, signal)).rejects.toMatchObject({ details: { limit: 'minutes' } });
    expect(second.spend.minutes).toBeCloseTo(2);
  });
});
