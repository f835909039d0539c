import { type AlgorithmPlan, Baseline } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { formatRunPlan } from '../terminal/format-plan.ts';
import { Trainer } from '../trainer.ts';
import { planRun, type RunToPlan } from './plan-run.ts';

const plan: AlgorithmPlan = {
  rounds: 1,
  parts: [
    { name: 'first look', round: 0, rollouts: 10, modelCalls: 0, formula: '10 tasks' },
    {
      name: 'critiques',
      round: 1,
      rollouts: 0,
      modelCalls: 4,
      formula: '4 branches',
      model: 'critic',
      tokensPerCall: { prompt: 1000, completion: 500 },
      callsAtOnce: 2,
    },
  ],
  extras: [{ name: 'second look', round: 1, rollouts: 10, modelCalls: 0, formula: '10 tasks, again' }],
};
const run: RunToPlan = {
  algorithm: 'Search',
  plan,
  testTasks: 3,
  nRunners: 4,
  prices: { critic: { inputPerMillion: 1, outputPerMillion: 10 }, worker: { inputPerMillion: 2, outputPerMillion: 2 } },
  servedModels: ['worker'],
  assume: { agentCallsPerRollout: 2, secondsPerRollout: 1, secondsPerOptimizerCall: 10 },
};

describe('planRun()', () => {
  it('adds up parts, the test set, and what may come on top, with cost and time', () => {
    const { planned, atMost, unknown } = planRun(run);
    // 16 rollouts of 2 calls of 1,300 tokens, and 4 calls of 1,500.
    expect(planned).toEqual({
      rollouts: 16,
      modelCalls: 4,
      agentCalls: 32,
      tokens: 32 * 1300 + 4 * 1500,
      usd: expect.closeTo((32 * 1300 * 2 + 4 * (1000 * 1 + 500 * 10)) / 1e6, 9),
      seconds: 3 + 2 * 10 + 2,
    });
    expect(atMost).toMatchObject({ rollouts: 26, modelCalls: 4, agentCalls: 52, seconds: 25 + 3 });
    expect(unknown).toEqual([]);
  });

  it('says what it does not know, and gives no figure for it', () => {
    const { planned, unknown } = planRun({ ...run, prices: {}, servedModels: [], assume: {} });
    expect(planned).toMatchObject({ rollouts: 16, modelCalls: 4, agentCalls: null, tokens: null, usd: null });
    expect(unknown).toEqual([
      'how many model calls an agent makes in a rollout: say so with agentCallsPerRollout',
      'what critic costs: add prices',
    ]);
    expect(planRun({ ...run, plan: undefined })).toMatchObject({
      planned: null,
      parts: [{ rollouts: 6 }],
      unknown: ['how much work Search does: it has no plan()'],
    });
  });
});

describe('Trainer.plan()', () => {
  const trainer = new Trainer({ algorithm: new Baseline<number>({ nEpochs: 2 }), nRunners: 2 });

  it('tells what fit() would take, from the sizes of its datasets', () => {
    const { planned, parts, nRunners } = trainer.plan(undefined, [1, 2, 3], { valDataset: [4], testDataset: [5, 6] });
    expect(planned).toMatchObject({ rollouts: 12, modelCalls: 0 });
    expect(parts.map(({ rollouts, formula }) => [rollouts, formula])).toEqual([
      [4, '3 training + 1 validation tasks'],
      [4, '3 training + 1 validation tasks'],
      [4, '2 candidates × 2 test tasks'],
    ]);
    expect(nRunners).toBe(2);
  });

  it.each([
    [{ agentCallsPerRollout: -1 }, /'agentCallsPerRollout' must be a number, 0 or more/],
    [{ tokensPerAgentCall: { prompt: 1 } as never }, /'tokensPerAgentCall.completion' must be a number/],
    [{ agentCalls: 3 } as never, /'agentCalls' is not an option/],
  ])('refuses %j', (options, message) => {
    expect(() => trainer.plan(undefined, [1], options)).toThrow(message);
  });
});

describe('formatRunPlan()', () => {
  it('shows the sum, each part with its formula, assumptions, and what is not known', () => {
    const text = formatRunPlan(planRun(run));
    expect(text).toMatch(
      /^Plan of Search\n {2}planned +16 rollouts · 4 model calls of the optimiser · 32 of the agents · /,
    );
    expect(text).toMatch(/\n {2}at most +26 rollouts/);
    expect(text).toMatch(/\n {2}round 1 +4 calls {2}critiques by critic: 4 branches, \$0\.02\n/);
    // What the search never sees is in none of its rounds.
    expect(text).toMatch(/\n {2}the end +6 rollouts {2}test set, by the best candidate [^\n]+\n\nOnly when/);
    expect(text).toContain('an agent makes 2 model calls in a rollout (agentCallsPerRollout)');
    expect(text).not.toContain('Not known');
    expect(formatRunPlan(planRun({ ...run, plan: undefined }))).toContain('Not known\n  how much work Search does');
  });
});
