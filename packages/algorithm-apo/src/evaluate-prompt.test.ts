import { describe, expect, it } from 'vitest';
import { scoreAsUpstream, scoreOutcomes } from './evaluate-prompt.ts';

type Outcome = Parameters<typeof scoreOutcomes>[0][number];

const mixed: Outcome[] = [
  { status: 'succeeded', reward: 1 },
  { status: 'succeeded', reward: null },
  { status: 'failed', reward: 1 },
  { status: 'timeout', reward: null },
];

describe('scoreOutcomes()', () => {
  it('counts a failure 0 whatever it earned before, and a missing reward 0, and says how many there were', () => {
    expect(scoreOutcomes(mixed, 0)).toEqual({
      score: 0.25,
      interval: [expect.closeTo(0.046, 3), expect.closeTo(0.699, 3)],
      tasks: 4,
      failed: 2,
      withoutReward: 1,
      unfinished: 0,
      retried: 0,
    });
  });

  it.each(['unfinished', 'cancelled'] as const)('gives no score when a rollout is %s', (status) => {
    expect(scoreOutcomes([...mixed, { status, reward: null }], 1)).toMatchObject({
      score: null,
      interval: null,
      unfinished: 1,
      retried: 1,
    });
  });
});

describe('scoreAsUpstream()', () => {
  it('takes the mean over the rollouts that finished, with 0 for a missing reward', () => {
    expect(scoreAsUpstream([...mixed, { status: 'unfinished', reward: null }])).toMatchObject({
      score: 0.5,
      unfinished: 1,
    });
  });

  it('is 0 when nothing finished', () => {
    expect(scoreAsUpstream([{ status: 'unfinished', reward: null }]).score).toBe(0);
  });
});
