import type { TaskOutcome, TaskStatus } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { compare, intervalOf, scoreOf } from './score.ts';

const outcome = (reward: number | null, status: TaskStatus = 'succeeded'): TaskOutcome<number> => ({
  index: 0,
  candidateIndex: 0,
  task: 0,
  rolloutId: 'r',
  attemptId: 'a',
  status,
  reward,
  objectives: {},
  feedback: null,
  error: null,
  usage: { modelCalls: 0, promptTokens: 0, completionTokens: 0 },
  latencySeconds: 1,
  trace: async () => [],
});
const rewards = (...values: number[]) => values.map((value) => outcome(value));

describe('scoreOf()', () => {
  it('counts a failed task and one without a reward as 0, and says how many', () => {
    expect(scoreOf([outcome(1), outcome(0.9, 'failed'), outcome(null), outcome(null, 'timeout')])).toMatchObject({
      mean: 0.25,
      n: 4,
      failed: 2,
      withoutReward: 1,
      unfinished: 0,
    });
  });

  it('has no mean when a task did not finish', () => {
    expect(scoreOf([outcome(1), outcome(null, 'unfinished')])).toMatchObject({
      mean: null,
      interval: null,
      unfinished: 1,
    });
  });

  it('has no mean without tasks', () => {
    expect(scoreOf([])).toMatchObject({ mean: null, interval: null, n: 0 });
  });
});

describe('intervalOf()', () => {
  // Reference values: Newcombe (1998), table I, Wilson's score method without continuity correction.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('is the Wilson interval for %i of %i', (ones, n, low, high) => {
    const values = Array.from({ length: n }, (_, index) => (index < ones ? 1 : 0));
    const [lower, upper] = intervalOf(values);
    expect(lower).toBeCloseTo(low, 3);
    expect(upper).toBeCloseTo(high, 3);
  });

  it('is a bootstrap interval around the mean for other rewards, the same each time', () => {
    const values = Array.from({ length: 40 }, (_, index) => (index % 5) / 4);
    const [low, high] = intervalOf(values);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    // Standard error 0.354 / √40 = 0.056; the interval is about ±1.96 of them.
    expect(high - low).toBeGreaterThan(0.17);
    expect(high - low).toBeLessThan(0.27);
    expect(intervalOf(values)).toEqual([low, high]);
  });
});

describe('compare()', () => {
  it('pairs tasks and counts wins, losses and ties', () => {
    expect(compare(rewards(0, 0, 1, 1), rewards(1, 0, 0, 1))).toMatchObject({ mean: 0, wins: 1, losses: 1, ties: 2 });
  });

  it('leaves out 0 only when the tasks tell the two apart', () => {
    const worse = rewards(...Array.from({ length: 40 }, () => 0));
    const better = rewards(...Array.from({ length: 40 }, (_, index) => (index < 12 ? 1 : 0)));
    expect(compare(worse, better)!.interval[0]).toBeGreaterThan(0);
    const barely = rewards(...Array.from({ length: 40 }, (_, index) => (index < 1 ? 1 : 0)));
    expect(compare(worse, barely)!.interval[0]).toBe(0);
  });

  it('does not compare when a task did not finish', () => {
    expect(compare(rewards(1), [outcome(null, 'unfinished')])).toBeUndefined();
  });
});
