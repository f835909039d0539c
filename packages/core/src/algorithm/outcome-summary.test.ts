import { describe, expect, it } from 'vitest';
import type { TaskOutcome } from './algorithm-context.ts';
import { summarizeOutcomes } from './outcome-summary.ts';

const outcome = (status: TaskOutcome<unknown>['status'], reward: number | null) =>
  ({ status, reward, usage: { modelCalls: 2, promptTokens: 10, completionTokens: 3 } }) as TaskOutcome<unknown>;

describe('summarizeOutcomes()', () => {
  it('counts what gave no reward as 0 and tells why', () => {
    const outcomes = [
      outcome('succeeded', 1),
      outcome('succeeded', null),
      outcome('failed', null),
      outcome('timeout', null),
    ];
    expect(summarizeOutcomes(outcomes)).toEqual({
      mean: 0.25,
      n: 4,
      failed: 2,
      withoutReward: 1,
      unfinished: 0,
      usage: { modelCalls: 8, promptTokens: 40, completionTokens: 12 },
    });
  });

  it.each(['unfinished', 'cancelled'] as const)('gives no mean when a task is %s', (status) => {
    expect(summarizeOutcomes([outcome('succeeded', 1), outcome(status, null)])).toMatchObject({
      mean: null,
      unfinished: 1,
    });
  });

  it('gives no mean without outcomes', () => {
    expect(summarizeOutcomes([])).toMatchObject({ mean: null, n: 0 });
  });
});
