import { describe, expect, it } from 'vitest';
import { APO } from './apo.ts';
import { resolveApoOptions } from './apo-options.ts';
import { planSearch } from './search-plan.ts';

const apo = (options: ConstructorParameters<typeof APO>[1] = {}) => new APO({ apiKey: 'none' }, options);
const total = (parts: readonly { readonly rollouts: number; readonly modelCalls: number }[]) => ({
  rollouts: parts.reduce((sum, { rollouts }) => sum + rollouts, 0),
  modelCalls: parts.reduce((sum, { modelCalls }) => sum + modelCalls, 0),
});

describe('APO.plan()', () => {
  it.each([
    ['the defaults', {}, { rollouts: 1220, modelCalls: 96 }],
    [
      "upstream's example",
      { beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 10 },
      { rollouts: 229, modelCalls: 16 },
    ],
    ['no validation of the seed', { runInitialValidation: false }, { rollouts: 1191, modelCalls: 96 }],
  ])('has parts that come to what planSearch() says: %s', (_, options, expected) => {
    const size = { trainTasks: 28, valTasks: 29 };
    expect(total(apo(options).plan(size).parts)).toEqual(expected);
    expect(planSearch({ ...resolveApoOptions(options), ...size })).toEqual(expected);
  });

  it('shows what each part is the product of, and which model its calls are of', () => {
    const { parts, rounds } = apo().plan({ trainTasks: 28, valTasks: 29 });
    expect(rounds).toBe(3);
    expect(parts.slice(0, 6).map(({ round, name, formula, model }) => [round, name, formula, model])).toEqual([
      [0, 'validation of the seed prompt', '29 validation tasks', undefined],
      [1, 'rollouts to criticise', '4 parents × 4 branches × 4 training tasks', undefined],
      [1, 'critiques', '4 parents × 4 branches', 'gpt-5-mini'],
      [1, 'edits', '4 parents × 4 branches', 'gpt-4.1-mini'],
      [1, 'comparison of candidates', '(1 in the beam + 16 new) × 16 validation tasks', undefined],
      [1, 'validation of the leader', '29 validation tasks', undefined],
    ]);
  });

  it('has extras only where it may do more than upstream does', () => {
    const size = { trainTasks: 28, valTasks: 29 };
    expect(apo({ compat: 'upstream' }).plan(size).extras).toEqual([]);
    expect(total(apo().plan(size).extras).modelCalls).toBe(48);
  });
});
