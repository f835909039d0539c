import { describe, expect, it } from 'vitest';
import { annotationDraft, exceptionDraft, messageDraft, objectDraft, rewardDraft } from './span-drafts.ts';

describe('rewardDraft()', () => {
  it('writes one number under the name primary, and booleans as 1 and 0', () => {
    expect(rewardDraft(0.5)).toEqual({
      name: 'agentlightning.annotation',
      attributes: { 'agentlightning.reward.0.name': 'primary', 'agentlightning.reward.0.value': 0.5 },
      status: { statusCode: 'OK' },
    });
    expect(rewardDraft(true).attributes['agentlightning.reward.0.value']).toBe(1);
    expect(rewardDraft(false).attributes['agentlightning.reward.0.value']).toBe(0);
  });

  it('puts the primary dimension first and keeps the order of the others', () => {
    const names = (draft: ReturnType<typeof rewardDraft>): unknown[] =>
      [0, 1, 2].map((index) => draft.attributes[`agentlightning.reward.${index}.name`]);
    const rewards = { speed: 1, primary: 2, cost: true };
    expect(names(rewardDraft(rewards))).toEqual(['primary', 'speed', 'cost']);
    expect(names(rewardDraft(rewards, { primaryKey: 'cost' }))).toEqual(['cost', 'speed', 'primary']);
    expect(names(rewardDraft({ a: 1, b: 2 }))).toEqual(['a', 'b', undefined]);
  });

  it('carries feedback and further attributes, which never replace the reward', () => {
    const { attributes } = rewardDraft(1, {
      feedback: 'too slow',
      attributes: { grader: { model: 'm', votes: [1, 2] }, 'agentlightning.reward.0.value': 99 },
    });
    expect(attributes).toEqual({
      'agentlightning.reward.0.name': 'primary',
      'agentlightning.reward.0.value': 1,
      'agentlightning.feedback': 'too slow',
      'grader.model': 'm',
      'grader.votes': [1, 2],
    });
  });

  it.each([
    [Number.NaN, RangeError, 'current value is NaN'],
    [{ a: 1, b: Number.POSITIVE_INFINITY }, RangeError, "reward 'b' must be finite: current value is Infinity"],
    [{}, RangeError, 'current value is {}'],
    ['1' as unknown as number, TypeError, 'of type string'],
    [
      { a: null } as unknown as { a: number },
      TypeError,
      "reward 'a' must be a number or boolean: current value is null",
    ],
    [null as unknown as number, TypeError, 'current value is null'],
  ])('refuses %o and names it', (reward, error, message) => {
    expect(() => rewardDraft(reward)).toThrow(error);
    expect(() => rewardDraft(reward)).toThrow(message);
  });

  it('refuses a primary key that is not among the rewards, and feedback that is no text', () => {
    expect(() => rewardDraft({ a: 1 }, { primaryKey: 'b' })).toThrow("must be one of 'a': current value is 'b'");
    expect(() => rewardDraft(1, { feedback: 3 as unknown as string })).toThrow(TypeError);
  });
});

describe('messageDraft()', () => {
  it('carries the text', () => {
    expect(messageDraft('hi', { attributes: { a: { b: [1] } } })).toEqual({
      name: 'agentlightning.message',
      attributes: { 'agentlightning.message.body': 'hi', 'a.b': [1] },
      status: { statusCode: 'OK' },
    });
  });

  it('refuses what is not a string', () => {
    expect(() => messageDraft(5 as unknown as string)).toThrow(TypeError);
  });
});

describe('objectDraft()', () => {
  it('carries the value', () => {
    expect(objectDraft({ a: 1 })).toMatchObject({
      name: 'agentlightning.object',
      attributes: { 'agentlightning.object.type': 'dict', 'agentlightning.object.json': '{"a":1}' },
    });
  });
});

describe('exceptionDraft()', () => {
  it('carries class, message and stack, and is itself no failure', () => {
    class OutOfRooms extends Error {}
    const error = new OutOfRooms('none left');
    expect(exceptionDraft(error)).toEqual({
      name: 'agentlightning.exception',
      attributes: {
        'exception.type': 'OutOfRooms',
        'exception.message': 'none left',
        'exception.escaped': true,
        'exception.stacktrace': error.stack,
      },
      status: { statusCode: 'OK' },
    });
    expect(exceptionDraft(new RangeError('x')).attributes['exception.type']).toBe('RangeError');
  });

  it('leaves a blank stack out and refuses what is not an error', () => {
    const error = new Error('x');
    error.stack = ' \n';
    expect(exceptionDraft(error).attributes).not.toHaveProperty('exception.stacktrace');
    expect(() => exceptionDraft('x' as unknown as Error)).toThrow(TypeError);
  });
});

describe('annotationDraft()', () => {
  it('flattens what it is given', () => {
    expect(annotationDraft({ a: { b: [1, 2] }, c: ['x'] }).attributes).toEqual({ 'a.b': [1, 2], c: ['x'] });
  });

  it.each([
    [{ a: { b: null } }, "'a.b'"],
    [{ a: new Set([1]) }, "'a'"],
    [{ a: [1, null] }, "'a.1'"],
    [{ a: Number.NaN }, "'a' must be a string, boolean, finite number"],
  ])('refuses %o and names the key', (annotation, message) => {
    expect(() => annotationDraft(annotation)).toThrow(message);
  });
});
