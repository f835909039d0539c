import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng, RNG_VERSION } from './rng.ts';

describe('createRng()', () => {
  it('gives the same numbers for the same seed, for ever', () => {
    const rng = createRng('seed 1');
    const drawn = [
      rng.next(),
      rng.int(1000),
      rng.int(2 ** 32),
      rng.shuffle([1, 2, 3, 4, 5]),
      rng.sample(['a', 'b', 'c'], 2),
      rng.pick([7, 8, 9]),
    ];
    expect(RNG_VERSION).toBe('sha256-sfc32-1');
    expect(drawn).toEqual([0.03138134589208563, 202, 1368898031, [1, 4, 2, 3, 5], ['a', 'c'], 7]);
  });

  it('gives other numbers for other seeds', () => {
    const first = (seed: string) => Array.from({ length: 4 }, () => createRng(seed).int(2 ** 32));
    expect(first('a')).not.toEqual(first('b'));
    expect(first('')).not.toEqual(first('0'));
  });

  it('draws evenly', () => {
    const rng = createRng('even');
    const counts = new Array<number>(6).fill(0);
    let sum = 0;
    for (let draw = 0; draw < 60_000; draw++) {
      counts[rng.int(6)]!++;
      sum += rng.next();
    }
    // Five standard deviations either way; the seed is fixed, so this passes always or never.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt((60_000 * 5) / 36));
    expect(Math.abs(sum / 60_000 - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 60_000));
  });

  it('shuffles evenly: every order of three comes equally often', () => {
    const rng = createRng('orders');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = rng.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((6000 * 5) / 36));
  });

  it('stays within its bounds and changes nothing it is given', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 32 }), fc.array(fc.integer()), (seed, bound, items) => {
        const rng = createRng(seed);
        const drawn = rng.int(bound);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < bound).toBe(true);
        const next = rng.next();
        expect(next >= 0 && next < 1).toBe(true);
        const before = [...items];
        expect(rng.shuffle(items).toSorted((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
        expect(rng.sample(items, Math.floor(items.length / 2))).toHaveLength(Math.floor(items.length / 2));
        expect(items).toEqual(before);
      }),
    );
  });

  it('refuses what it cannot draw', () => {
    const rng = createRng('x');
    expect(() => rng.int(0)).toThrow('current value is 0');
    expect(() => rng.int(1.5)).toThrow(RangeError);
    expect(() => rng.pick([])).toThrow(RangeError);
    expect(() => rng.sample([1], 2)).toThrow("'count' must be an integer from 0 to 1: current value is 2");
    expect(() => createRng(5 as unknown as string)).toThrow(TypeError);
  });
});
