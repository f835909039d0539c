import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHash, canonicalJson } from './canonical-hash.ts';
import type { Json } from './json.ts';

describe('canonicalJson()', () => {
  it('sorts keys at every level and keeps the order of lists', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: 'é"', 10: 1, 9: 2 })).toBe(
      '{"10":1,"9":2,"a":"é\\"","b":[{"c":null,"d":1},"x"]}',
    );
  });

  it('refuses what is not JSON', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('$.a is NaN');
  });
});

describe('canonicalHash()', () => {
  it('is stable for ever', () => {
    expect(canonicalHash({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
  });

  it('is the same whatever the order of keys, and tells different values apart', () => {
    const json = fc
      .jsonValue()
      .map((value) => JSON.parse(JSON.stringify(value)) as Json)
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalHash(reversed(a))).toBe(canonicalHash(a));
        expect(canonicalHash(a) === canonicalHash(b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
