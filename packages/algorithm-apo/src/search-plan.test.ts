import { describe, expect, it } from 'vitest';
import { planSearch, type SearchSize } from './search-plan.ts';

const defaults: SearchSize = {
  beamWidth: 4,
  branchFactor: 4,
  beamRounds: 3,
  gradientBatchSize: 4,
  valBatchSize: 16,
  runInitialValidation: true,
  trainTasks: 28,
  valTasks: 29,
};

describe('planSearch()', () => {
  it.each([
    ['the defaults', {}, { rollouts: 1220, modelCalls: 96 }],
    [
      "upstream's example",
      { beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 10 },
      { rollouts: 229, modelCalls: 16 },
    ],
    ['no validation of the seed', { runInitialValidation: false }, { rollouts: 1191, modelCalls: 96 }],
    [
      'datasets smaller than the batches',
      { beamRounds: 1, trainTasks: 2, valTasks: 5 },
      { rollouts: 5 + 16 * 2 + 17 * 5 + 5, modelCalls: 32 },
    ],
  ])('counts the work of %s', (_what, size, plan) => {
    expect(planSearch({ ...defaults, ...size })).toEqual(plan);
  });

  it('takes rounds that have ended as they were', () => {
    const plan = planSearch(defaults, [{ scored: 1, modelCalls: 16, beam: 1 }]);
    expect(plan).toEqual({ rollouts: 29 + 3 * (64 + 29) + (1 + 17 + 20) * 16, modelCalls: 16 + 64 });
  });
});
