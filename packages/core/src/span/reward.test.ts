import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findFeedback,
  findFinalReward,
  findFinalRewards,
  findRewardSpans,
  getFeedback,
  getRewards,
  getRewardValue,
  isRewardSpan,
} from './reward.ts';
import type { SpanAttributes } from './span.ts';
import { rewardDraft } from './span-drafts.ts';

const span = (attributes: SpanAttributes, name = 'any') => ({ name, attributes });
const R = 'agentlightning.reward';

describe('getRewards()', () => {
  it('reads back what rewardDraft() wrote, in order', () => {
    const reward = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      { minKeys: 1, maxKeys: 12 },
    );
    fc.assert(
      fc.property(reward, (values) => {
        const rewards = getRewards(rewardDraft(values));
        expect(Object.fromEntries(rewards.map(({ name, value }) => [name, value]))).toEqual({ ...values });
        expect(rewards[0]?.name).toBe('primary' in values ? 'primary' : Object.keys(values)[0]);
      }),
    );
  });

  it('accepts numbers as text, and booleans', () => {
    expect(getRewards(span({ [`${R}.0.name`]: 'a', [`${R}.0.value`]: ' 1.5e0 ' }))).toEqual([
      { name: 'a', value: 1.5 },
    ]);
    expect(getRewards(span({ [`${R}.0.name`]: 'a', [`${R}.0.value`]: true }))).toEqual([{ name: 'a', value: 1 }]);
  });

  it('leaves damaged further dimensions out', () => {
    const attributes = {
      [`${R}.0.name`]: 'a',
      [`${R}.0.value`]: 1,
      [`${R}.1.name`]: 'b',
      [`${R}.1.value`]: 'NaN',
      [`${R}.3.name`]: 'c',
      [`${R}.3.value`]: 3,
      [`${R}.note`]: 'x',
    };
    expect(getRewards(span(attributes))).toEqual([
      { name: 'a', value: 1 },
      { name: 'c', value: 3 },
    ]);
  });

  it.each([
    ['a look-alike key', { [`${R}_source`]: 'grader' }],
    ['a key that equals the prefix', { [R]: 1 }],
    ['a missing name', { [`${R}.0.value`]: 1 }],
    ['indices that do not start at 0', { [`${R}.1.name`]: 'a', [`${R}.1.value`]: 1 }],
    ['a value that is not finite', { [`${R}.0.name`]: 'a', [`${R}.0.value`]: Number.POSITIVE_INFINITY }],
    ['a value in hexadecimal', { [`${R}.0.name`]: 'a', [`${R}.0.value`]: '0x10' }],
    ['entries that are no objects', { [`${R}.0`]: 1 }],
  ])('finds none in %s', (_, attributes) => {
    expect(getRewards(span(attributes))).toEqual([]);
    expect(getRewardValue(span(attributes, 'agentlightning.annotation'))).toBeNull();
  });
});

describe('getRewardValue()', () => {
  it('reads the output of AgentOps tasks and entities', () => {
    const json = JSON.stringify({ type: 'reward', value: 0.25 });
    expect(getRewardValue(span({ 'agentops.task.output': json }))).toBe(0.25);
    expect(getRewardValue(span({ 'agentops.entity.output': json }))).toBe(0.25);
    const object = { type: 'reward', value: 2 } as unknown as string;
    expect(getRewardValue(span({ 'agentops.task.output': object }))).toBe(2);
  });

  it('stops at the first output that calls itself a reward', () => {
    const attributes = {
      'agentops.task.output': '{"type":"reward","value":null}',
      'agentops.entity.output': '{"type":"reward","value":1}',
    };
    expect(getRewardValue(span(attributes))).toBeNull();
    expect(getRewardValue(span({ ...attributes, 'agentops.task.output': '{"type":"text"}' }))).toBe(1);
  });

  it.each(['[1]', '5', 'null', '{', '"reward"', '{"type":"reward"}', '{"type":"reward","value":"1"}'])(
    'takes the output %s for no reward',
    (output) => {
      expect(getRewardValue(span({ 'agentops.task.output': output }))).toBeNull();
    },
  );

  it('reads the attribute reward of an annotation, and of no other span', () => {
    expect(getRewardValue(span({ reward: 0.75 }, 'agentlightning.annotation'))).toBe(0.75);
    expect(getRewardValue(span({ reward: 0.75 }, 'work'))).toBeNull();
    expect(getRewardValue(span({ reward: Number.NaN }, 'agentlightning.annotation'))).toBeNull();
  });

  it('prefers the named dimensions', () => {
    const attributes = {
      ...rewardDraft(1).attributes,
      'agentops.task.output': '{"type":"reward","value":9}',
      reward: 8,
    };
    expect(getRewardValue(span(attributes, 'agentlightning.annotation'))).toBe(1);
  });

  it('never throws, and only answers finite numbers', () => {
    const key = fc.constantFrom(R, `${R}.0.name`, `${R}.0.value`, `${R}.1.x`, 'agentops.task.output', 'reward');
    fc.assert(
      fc.property(fc.dictionary(key, fc.anything()), (attributes) => {
        const value = getRewardValue(span(attributes as SpanAttributes, 'agentlightning.annotation'));
        expect(value === null || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('findFinalReward()', () => {
  const other = span({ a: 1 });
  const first = { ...rewardDraft({ a: 1, b: 2 }) };
  const last = span({ reward: 3 }, 'agentlightning.annotation');

  it('answers the last reward in the given order, or null', () => {
    expect(findFinalReward([first, last, other])).toBe(3);
    expect(findFinalReward([last, first, other])).toBe(1);
    expect(findFinalReward([other])).toBeNull();
    expect(findFinalReward([])).toBeNull();
  });

  it('agrees with findRewardSpans() and isRewardSpan()', () => {
    expect(findRewardSpans([first, other, last])).toEqual([first, last]);
    expect(isRewardSpan(other)).toBe(false);
  });
});

describe('findFinalRewards()', () => {
  it('answers all dimensions of the last reward', () => {
    expect(findFinalRewards([rewardDraft(9), rewardDraft({ a: 1, b: 2 }), span({})])).toEqual({ a: 1, b: 2 });
    expect(findFinalRewards([span({ reward: 3 }, 'agentlightning.annotation')])).toEqual({ primary: 3 });
    expect(findFinalRewards([])).toEqual({});
  });

  it('lets the earlier of two equal names count', () => {
    const attributes = { [`${R}.0.name`]: 'a', [`${R}.0.value`]: 1, [`${R}.1.name`]: 'a', [`${R}.1.value`]: 2 };
    expect(findFinalRewards([span(attributes)])).toEqual({ a: 1 });
  });
});

describe('findFeedback()', () => {
  it('answers the last words, or null', () => {
    const said = (feedback: string) => rewardDraft(1, { feedback });
    expect(findFeedback([said('a'), said('b'), rewardDraft(1)])).toBe('b');
    expect(findFeedback([rewardDraft(1)])).toBeNull();
    expect(getFeedback(span({ 'agentlightning.feedback': 5 }))).toBeNull();
  });
});
