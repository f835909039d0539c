import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filterAndUnflatten,
  filterAttributes,
  flattenAttributes,
  sanitizeAttributes,
  unflattenAttributes,
} from './attributes.ts';

describe('flattenAttributes()', () => {
  it('joins keys with dots and numbers the items of lists of objects', () => {
    expect(flattenAttributes({ users: [{ name: 'Ada' }, { name: 'Bob' }], 'b.c': { d: null } })).toEqual({
      'users.0.name': 'Ada',
      'users.1.name': 'Bob',
      'b.c.d': null,
    });
  });

  it('keeps a list of primitives of one type as a value, and expands it on request', () => {
    expect(flattenAttributes({ ids: [1, 2] })).toEqual({ ids: [1, 2] });
    expect(flattenAttributes({ ids: [1, 2] }, { expandLeafLists: true })).toEqual({ 'ids.0': 1, 'ids.1': 2 });
  });

  it('expands mixed lists and the root list', () => {
    expect(flattenAttributes({ a: [1, 'x'], b: [1, true], c: [null] })).toEqual({
      'a.0': 1,
      'a.1': 'x',
      'b.0': 1,
      'b.1': true,
      'c.0': null,
    });
    expect(flattenAttributes(['x', 'y'])).toEqual({ '0': 'x', '1': 'y' });
  });

  it('gives a primitive at the root the empty key, and drops empty containers and undefined', () => {
    expect(flattenAttributes(7)).toEqual({ '': 7 });
    expect(flattenAttributes({ a: {}, b: [], c: undefined, d: 0 })).toEqual({ d: 0 });
  });

  it('refuses a Map, a cycle and bottomless nesting, naming the place', () => {
    const cycle: { a: { b?: unknown } } = { a: {} };
    cycle.a.b = cycle;
    let deep: unknown = 1;
    for (let level = 0; level < 200; level++) deep = { x: deep };
    expect(() => flattenAttributes({ m: new Map([[1, 2]]) })).toThrow("'m' is a Map");
    expect(() => flattenAttributes(cycle)).toThrow("'a.b' contains itself");
    expect(() => flattenAttributes(deep)).toThrow('deeper than 100 levels');
  });

  it('drops keys that reach a prototype', () => {
    const flat = flattenAttributes(
      JSON.parse('{"__proto__":{"polluted":1},"a":{"constructor":{"prototype":1},"b":2}}'),
    );
    expect(flat).toEqual({ 'a.b': 2 });
  });
});

describe('unflattenAttributes()', () => {
  it('builds lists only from complete ranges, in numeric order, at any depth', () => {
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`l.${10 - i}`, 10 - i]));
    expect(unflattenAttributes(eleven)).toEqual({ l: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
    expect(unflattenAttributes({ 'a.0': 1, 'a.2': 3 })).toEqual({ a: { '0': 1, '2': 3 } });
    expect(unflattenAttributes({ 'a.0': 1, 'a.x': 3 })).toEqual({ a: { '0': 1, x: 3 } });
    expect(unflattenAttributes({ '0.a': 1, '1': 2 })).toEqual([{ a: 1 }, 2]);
  });

  it('lets the later of two contradicting keys win', () => {
    expect(unflattenAttributes({ a: 1, 'a.b': 2 })).toEqual({ a: { b: 2 } });
    expect(unflattenAttributes({ 'a.b': 2, a: 1 })).toEqual({ a: 1 });
  });

  it('takes odd and enormous indices for keys, and allocates nothing for them', () => {
    expect(unflattenAttributes({ 'a.00': 1 })).toEqual({ a: { '00': 1 } });
    expect(unflattenAttributes({ 'a.4294967294': 1 })).toEqual({ a: { '4294967294': 1 } });
    expect(unflattenAttributes({ 'a.-1': 1, 'a.1e0': 2 })).toEqual({ a: { '-1': 1, '1e0': 2 } });
  });

  it('ignores keys that reach a prototype or are nested without end', () => {
    const result = unflattenAttributes({
      '__proto__.x': 1,
      'a.constructor.prototype.x': 2,
      [`deep${'.x'.repeat(50_000)}`]: 3,
      ok: 4,
    });
    expect(result).toEqual({ ok: 4 });
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('reverses flattenAttributes() except for empty containers', () => {
    const key = fc.stringMatching(/^[a-z_]{1,6}$/).filter((name) => !['constructor', 'prototype'].includes(name));
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { nested } = fc.letrec((tie) => ({
      nested: fc.oneof({ maxDepth: 5 }, fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 4 }), tie('list')),
      value: fc.oneof({ maxDepth: 5 }, leaf, tie('nested')),
      list: fc.array(tie('value'), { minLength: 1, maxLength: 12 }),
    }));
    fc.assert(
      fc.property(nested, fc.boolean(), (value, expandLeafLists) => {
        expect(unflattenAttributes(flattenAttributes(value, { expandLeafLists }))).toEqual(value);
      }),
    );
  });

  it('never throws, whatever the keys are', () => {
    const segment = fc.oneof(
      fc.constantFrom('0', '1', '00', '', '__proto__', 'constructor', '99999999999'),
      fc.string(),
    );
    const key = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('.'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.anything())), (entries) => {
        unflattenAttributes(Object.fromEntries(entries));
      }),
    );
  });
});

describe('filterAttributes()', () => {
  it('keeps the exact key and what is below it, but no look-alikes', () => {
    expect(filterAttributes({ tag: 'a', 'tag.0': 'b', tags: 'c', 'x.tag': 'd' }, 'tag')).toEqual({
      tag: 'a',
      'tag.0': 'b',
    });
  });
});

describe('filterAndUnflatten()', () => {
  it('nests what is below the prefix and ignores the prefix itself', () => {
    expect(filterAndUnflatten({ r: 1, 'r.0.name': 'x', 'r.0.value': 2, rx: 3 }, 'r')).toEqual([
      { name: 'x', value: 2 },
    ]);
    expect(filterAndUnflatten({ other: 1 }, 'r')).toEqual({});
  });
});

describe('sanitizeAttributes()', () => {
  it('passes primitives and lists of one type, and makes numbers of numbers and booleans', () => {
    expect(sanitizeAttributes({ a: 'x', b: true, c: 1.5, d: ['x'], e: [true], f: [true, 2], g: [] })).toEqual({
      a: 'x',
      b: true,
      c: 1.5,
      d: ['x'],
      e: [true],
      f: [1, 2],
      g: [],
    });
  });

  it('writes everything else as JSON text, and leaves undefined out', () => {
    expect(sanitizeAttributes({ a: null, b: [1, 'two'], c: { d: 1 }, e: undefined, f: [1, Number.NaN] })).toEqual({
      a: 'null',
      b: '[1,"two"]',
      c: '{"d":1}',
      f: '[1,"NaN"]',
    });
    expect(sanitizeAttributes({ a: Number.NaN, b: -Infinity })).toEqual({ a: 'NaN', b: '-Infinity' });
  });

  it('writes what is not JSON as the JSON of its string form, or names the attribute when not forced', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(sanitizeAttributes({ a: 10n, b: Symbol('s'), c: cycle })).toEqual({ a: '"10"', b: '"Symbol(s)"', c: '""' });
    expect(() => sanitizeAttributes({ a: 10n }, { force: false })).toThrow("attribute 'a'");
    expect(() => sanitizeAttributes({ b: () => 1 }, { force: false })).toThrow("attribute 'b'");
  });
});
