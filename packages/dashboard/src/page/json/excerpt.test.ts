import { describe, expect, it } from 'vitest';
import { excerptOf } from './excerpt.ts';

describe('excerptOf()', () => {
  it.each<[unknown, string]>([
    ['find a\n  room', 'find a room'],
    [{ question: '6 * 7', answer: 42 }, 'question: 6 * 7 · answer: 42'],
    [{ seats: [1, 2], where: { city: 'Ulm', floor: null } }, 'seats: [1, 2] · where: {city: Ulm, floor: null}'],
    [[1, 'two', false], '1 · two · false'],
    [null, 'null'],
    [{}, ''],
  ])('of %j is %j', (value, text) => expect(excerptOf(value)).toBe(text));

  it('is cut off, however large and deep the value is', () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 50_000; depth += 1) deep = [deep];
    expect(excerptOf(deep)).toBe('[[[[[…]]]]]');
    expect(excerptOf({ text: 'x'.repeat(1_000_000) }, 20)).toBe(`text: ${'x'.repeat(14)}…`);
  });
});
