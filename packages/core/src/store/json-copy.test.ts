import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson, copyJson } from './json-copy.ts';

/** All objects and arrays in a value. */
function containers(value: unknown): object[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(containers)] : [];
}

const withoutMinusZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each([
  ['copyJson()', (value: unknown) => copyJson(value, 'input')],
  ['cloneJson()', cloneJson],
])('%s', (_, copy) => {
  it('gives an equal value that shares no object with the original', () => {
    fc.assert(
      fc.property(fc.jsonValue().map(withoutMinusZero), (value) => {
        const result = copy(value);
        expect(result).toEqual(value);
        const originals = new Set(containers(value));
        for (const object of containers(result)) expect(originals.has(object)).toBe(false);
      }),
    );
  });

  it('keeps a key named __proto__ as a key', () => {
    const hostile: unknown = JSON.parse('{"a":{"__proto__":{"polluted":true},"constructor":1}}');
    expect(JSON.stringify(copy(hostile))).toBe(JSON.stringify(hostile));
    expect((copy(hostile) as { a: { polluted?: boolean } }).a.polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
  });
});

describe('copyJson()', () => {
  it('leaves out properties that are undefined, as JSON does', () => {
    expect(copyJson({ a: undefined, b: { c: undefined } }, 'input')).toStrictEqual({ b: {} });
  });

  it('makes −0 a 0, as JSON does', () => {
    expect(copyJson({ a: [-0, -1] }, 'input')).toStrictEqual({ a: [0, -1] });
  });

  it('takes plain objects without a prototype or from another realm', () => {
    expect(copyJson(Object.assign(Object.create(null), { a: 1 }), 'input')).toStrictEqual({ a: 1 });
    expect(copyJson(runInNewContext('({ a: [1] })'), 'input')).toStrictEqual({ a: [1] });
  });

  it('takes an object that occurs twice, only not within itself', () => {
    const shared = { a: 1 };
    expect(copyJson([shared, shared], 'input')).toEqual([shared, shared]);
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    expect(() => copyJson(cycle, 'input')).toThrow("Cannot store 'input[0].cycle' as it must be a JSON value");
  });

  it.each([
    ['NaN', { a: [1, Number.NaN] }, 'input.a[1]', 'NaN'],
    ['infinity', Number.NEGATIVE_INFINITY, 'input', '-Infinity'],
    ['undefined in a list', [undefined], 'input[0]', 'undefined'],
    ['a hole in a list', new Array(1), 'input[0]', 'undefined'],
    ['a function', { f: () => 1 }, 'input.f', 'function'],
    ['a bigint', { n: 1n }, 'input.n', 'bigint'],
    ['a symbol', Symbol('s'), 'input', 'symbol'],
    ['a date', { when: new Date(0) }, 'input.when', 'an instance of Date'],
    ['a map', { map: new Map() }, 'input.map', 'an instance of Map'],
    ['a typed array', new Uint8Array(2), 'input', 'an instance of Uint8Array'],
  ])('refuses %s and names the place', (_, value, path, current) => {
    expect(() => copyJson(value, 'input')).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: `Cannot store '${path}' as it must be a JSON value: current value is ${current}`,
        details: { path },
      }),
    );
  });
});
