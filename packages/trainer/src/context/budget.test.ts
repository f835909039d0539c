import type { AlgorithmContext } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { InMemoryRunJournal } from './run-journal.ts';
import { useHarness } from './test-data/use-harness.ts';

const start = useHarness();

const reached = (limit: string) => ({ code: 'BUDGET_REACHED', details: { limit } });
const evaluation = (tasks: number) => ({
  candidates: [{}],
  tasks: Array.from({ length: tasks }, (_, task) => task),
  mode: 'val' as const,
});

describe('a run that reaches its budget', () => {
  it('enqueues nothing of an evaluation that is more than is left', async () => {
    const { context, finish, store, messages } = start({ budget: { rollouts: 5 } });
    await context.evaluate('a', evaluation(3)).outcomes();
    await expect(context.evaluate('b', evaluation(3)).outcomes()).rejects.toMatchObject(reached('rollouts'));
    expect((await store.queryRollouts()).total).toBe(3);
    expect(messages).toContainEqual({
      type: 'budget-reached',
      reached: { limit: 'rollouts', cap: 5, spent: 3, wanted: 3, message: expect.stringContaining('"b"') },
    });
    await expect(finish()).rejects.toMatchObject(reached('rollouts'));
  });

  it('finishes and records what it was granted before, and only that', async () => {
    const journal = new InMemoryRunJournal();
    const granted = Promise.withResolvers<void>();
    const agent = async () => {
      await granted.promise;
      return 1;
    };
    const { context, run, messages } = start({ journal, agent, budget: { rollouts: 3, modelCalls: 1 } });
    const validation = context.fork('validation', async (fork) => {
      const outcomes = await fork.evaluate('tasks', evaluation(3)).outcomes();
      fork.offerBest({ score: outcomes.length, rank: 0, version: 'v1', candidate: {} });
      return outcomes.length;
    });
    const inFlight = context.step('critique', null, (step) => step.llm(() => granted.promise.then(() => 'a critique')));
    const refused = context.step('edit', null, (step) => step.llm(async () => 'an edit'));
    await expect(refused).rejects.toMatchObject(reached('modelCalls'));
    // This line of work is over: what it did next could be another turn.
    expect(() => context.step('next', null, async () => 1)).toThrow('The budget is reached');
    expect(() => context.evaluate('more', evaluation(1))).toThrow('The budget is reached');
    expect(() => context.offerBest({ score: 9, rank: 0, version: 'v9', candidate: {} })).toThrow();
    granted.resolve();
    await run.settle();
    expect(await validation.result).toBe(3);
    expect(await inFlight).toBe('a critique');
    expect(journal.getBest()).toMatchObject({ version: 'v1' });
    expect(messages.filter(({ type }) => type === 'budget-reached')).toHaveLength(1);
    expect([...journal.keys()].filter((key) => key.includes('edit'))).toEqual([]);
  });

  it('ends by its budget although the algorithm swallows the refusal, in a step or around it', async () => {
    const journal = new InMemoryRunJournal();
    const swallow = async (context: AlgorithmContext<number>) => {
      await context.step('s', null, (step) => step.llm(async () => 1).catch(() => 0)).catch(() => 0);
    };
    const first = start({ journal, budget: { modelCalls: 1 } });
    await first.context.step('first', null, (step) => step.llm(async () => 1));
    await swallow(first.context);
    await expect(first.finish()).rejects.toMatchObject(reached('modelCalls'));
    const second = start({ budget: { modelCalls: 1 } });
    await second.context.step('first', null, (step) => step.llm(async () => 1));
    await second.context.fork('f', swallow).result.catch(() => 0);
    await expect(second.finish()).rejects.toMatchObject(reached('modelCalls'));
  });

  it('answers from its records whatever its budget is', async () => {
    const journal = new InMemoryRunJournal();
    const work = async ({ context }: ReturnType<typeof start>) => [
      await context.step('s', null, (step) => step.llm(async () => 'reply')),
      (await context.evaluate('e', evaluation(3)).outcomes()).length,
    ];
    const first = start({ journal });
    const result = await work(first);
    const second = start({ journal, budget: { rollouts: 1, modelCalls: 1, tokens: 1 }, store: first.store });
    expect(await work(second)).toEqual(result);
    await second.finish();
  });

  it('halts when its minutes are over, and lets a step that was paid for finish', async () => {
    const clock = new VirtualClock();
    const replied = Promise.withResolvers<string>();
    const never = () => new Promise<number>(() => {});
    const { context, run, ledger, messages } = start({ clock, agent: never, budget: { minutes: 1 } });
    const waiting = context.evaluate('e', evaluation(2)).outcomes();
    const inFlight = context.step('s', null, (step) => step.llm(() => replied.promise));
    await expect.poll(() => ledger.spend.modelCalls.algorithm).toBe(1);
    clock.advance(60);
    run.halt(ledger.usedUp());
    await expect(waiting).rejects.toMatchObject(reached('minutes'));
    expect(messages.map(({ type }) => type)).toContain('halt');
    expect(() => context.evaluate('more', evaluation(1))).toThrow('The budget is reached');
    replied.resolve('in time');
    await run.settle();
    expect(await inFlight).toBe('in time');
  });
});
