import { describe, expect, it } from 'vitest';
import { resultDrafts } from './rollout-result.ts';

const attributesOf = (result: unknown) => resultDrafts(result).map((draft) => draft.attributes);

describe('resultDrafts()', () => {
  it('makes nothing of nothing', () => {
    expect([undefined, null, [], {}].map(resultDrafts)).toEqual([[], [], [], []]);
  });

  it('makes a reward of numbers and booleans', () => {
    const reward = (value: number) => [
      { 'agentlightning.reward.0.name': 'primary', 'agentlightning.reward.0.value': value },
    ];
    expect(attributesOf(0.5)).toEqual(reward(0.5));
    expect(attributesOf(true)).toEqual(reward(1));
    expect(attributesOf({ reward: false })).toEqual(reward(0));
  });

  it('records a report: metrics first, and feedback with the reward', () => {
    expect(attributesOf({ reward: { accuracy: 1, speed: 2 }, feedback: 'slow', metrics: { tokens: 7 } })).toEqual([
      { 'agentlightning.metric.tokens': 7 },
      {
        'agentlightning.reward.0.name': 'accuracy',
        'agentlightning.reward.0.value': 1,
        'agentlightning.reward.1.name': 'speed',
        'agentlightning.reward.1.value': 2,
        'agentlightning.feedback': 'slow',
      },
    ]);
    expect(attributesOf({ feedback: 'good' })).toEqual([{ 'agentlightning.feedback': 'good' }]);
  });

  it('passes spans on', () => {
    const draft = { name: 'mine', attributes: { a: 1 } };
    expect(resultDrafts([draft])).toEqual([draft]);
  });

  it.each([
    [Number.NaN, /NaN/],
    [{ reward: Infinity }, /Infinity/],
    [{ reward: { a: Number.NaN } }, /'a' must be finite/],
    [{ reward: '1' }, /must be a number or boolean/],
    [{ metrics: { a: Number.NaN } }, /metric 'a' is NaN/],
    [{ feedback: 3 }, /feedback/],
    [{ choices: [], usage: {} }, /an object with the keys choices, usage/],
    ['1', /it is of type string/],
    [[1], /item 0 of the list is no span/],
    [[{ name: 'x' }], /item 0/],
  ])('refuses %j, saying why', (result, reason) => {
    expect(() => resultDrafts(result)).toThrow(expect.objectContaining({ code: 'ROLLOUT_RESULT_INVALID' }));
    expect(() => resultDrafts(result)).toThrow(reason);
  });
});
