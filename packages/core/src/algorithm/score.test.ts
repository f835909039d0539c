import type { TaskOutcome, TaskStatus } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { compare, differenceOf, scoreOf } from './score.ts';

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

  it('does not compare without tasks', () => {
    expect(compare([], [])).toBeUndefined();
  });

  it('tells how likely the difference is by chance, and how many tasks would tell it', () => {
    // 12 up, 4 down of 40: McNemar's exact p is 2 × P(X ≤ 4) of 16.
    const before = rewards(...Array.from({ length: 40 }, (_, index) => (index < 4 ? 1 : 0)));
    const after = rewards(...Array.from({ length: 40 }, (_, index) => (index >= 4 && index < 16 ? 1 : 0)));
    const difference = compare(before, after)!;
    expect(difference).toMatchObject({ mean: 0.2, wins: 12, losses: 4, ties: 24 });
    expect(difference.pValue).toBeCloseTo(0.076813, 6);
    // (1.96 + 0.84)² × 0.3692 / 0.2²
    expect(difference.tasksNeeded).toBe(73);
  });

  it('has nothing to tell of a difference of 0', () => {
    expect(differenceOf([1, -1])).toMatchObject({ mean: 0, pValue: 1, tasksNeeded: null });
    expect(differenceOf([0, 0, 0])).toMatchObject({ mean: 0, interval: [0, 0], pValue: 1, tasksNeeded: null });
  });

  it('takes no time to speak of for ten thousand tasks', () => {
    // The clock on the wall says how busy the machine is.
    const before = process.cpuUsage();
    const difference = differenceOf(Array.from({ length: 10_000 }, (_, index) => Math.sin(index) / 3 + 0.01));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2_000);
    expect(difference.interval[0]).toBeGreaterThan(0);
    expect(difference.pValue).toBeLessThan(0.01);
  });
});
