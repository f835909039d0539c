import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertJson, findNonJson } from './json-check.ts';

describe('findNonJson()', () => {
  class Room {
    seats = 1;
  }
  const cycle: { a: unknown[] } = { a: [] };
  cycle.a.push(cycle);
  let deep: unknown = 1;
  for (let level = 0; level < 101; level++) deep = [deep];

  it.each([
    [{ best: { score: -Infinity } }, '$.best.score is -Infinity'],
    [[1, Number.NaN], '$[1] is NaN'],
    [-0, '$ is -0'],
    [{ a: undefined }, '$.a is undefined'],
    [new Array(2), '$[0] is undefined'],
    [{ 'a b': [new Date(0)] }, '$["a b"][0] is an instance of Date'],
    [new Map(), '$ is an instance of Map'],
    [{ room: new Room() }, '$.room is an instance of Room'],
    [{ f: () => 1 }, '$.f is a function'],
    [10n, '$ is a bigint'],
    [Symbol('s'), '$ is a symbol'],
    [cycle, '$.a[0] contains itself'],
    [JSON.parse('{"__proto__":1}'), '$.__proto__ has the name of the prototype'],
  ])('names the place in %o', (value, problem) => {
    expect(findNonJson(value)).toBe(problem);
  });

  it('names a getter that throws', () => {
    const throwing = {
      get x(): number {
        throw new Error('no');
      },
    };
    expect(findNonJson(throwing)).toBe('$.x cannot be read');
  });

  it('refuses nesting beyond 100 levels', () => {
    expect(findNonJson(deep)).toMatch(/ is nested deeper than 100 levels$/);
  });

  it('accepts what JSON gives back unchanged, also shared parts and objects of another realm', () => {
    const shared = { a: 1 };
    expect(findNonJson([shared, shared])).toBeUndefined();
    expect(findNonJson(vm.runInNewContext('({ a: [{}] })'))).toBeUndefined();
    expect(findNonJson(Object.assign(Object.create(null), { a: 1 }))).toBeUndefined();
  });

  it('accepts a value exactly if JSON gives it back unchanged', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(values, (value) => {
        if (findNonJson(value) === undefined) expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const problem = findNonJson(JSON.parse(JSON.stringify(value)));
        // The one thing JSON.parse makes that we refuse.
        if (!JSON.stringify(value).includes('"__proto__"')) expect(problem).toBeUndefined();
      }),
    );
  });
});

describe('assertJson()', () => {
  it('says what is wrong where', () => {
    expect(() => assertJson({ a: Number.NaN }, 'Result of step "x"')).toThrow(
      new TypeError('Result of step "x" is not JSON as $.a is NaN'),
    );
  });

  it('counts bytes when asked to', () => {
    expect(() => assertJson('ééé', 'Text', { maxBytes: 8 })).not.toThrow();
    expect(() => assertJson('ééé', 'Text', { maxBytes: 7 })).toThrow(
      new RangeError('Text must have at most 7 bytes as JSON: it has 8'),
    );
  });
});
