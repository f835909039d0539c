import { rolloutConfigSchema, spanAttributesSchema } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { laxSchema } from './lax-schema.ts';

describe('laxSchema()', () => {
  it.each<[unknown, unknown]>([
    ['2', 2],
    ['9.0', 9],
    [' 7 ', 7],
    ['1e3', 1000],
    [true, 1],
    [9, 9],
  ])('reads %j as an integer', (wire, value) => {
    expect(laxSchema(z.object({ n: z.number().int() })).parse({ n: wire })).toEqual({ n: value });
  });

  it.each(['', ' ', '9.5', 'x', 'NaN', 'Infinity', '1e999', null, [], {}])('refuses %j as an integer', (wire) => {
    expect(laxSchema(z.object({ n: z.number().int() })).safeParse({ n: wire }).success).toBe(false);
  });

  it('refuses a number where a text belongs', () => {
    expect(laxSchema(z.object({ s: z.string(), n: z.number() })).safeParse({ s: 1, n: 1 }).success).toBe(false);
  });

  it('keeps ranges, defaults, null and what else is inside', () => {
    const schema = laxSchema(rolloutConfigSchema);
    expect(schema.parse({})).toEqual(rolloutConfigSchema.parse({}));
    expect(schema.parse({ timeoutSeconds: '1.5', maxAttempts: '2' })).toMatchObject({
      timeoutSeconds: 1.5,
      maxAttempts: 2,
    });
    expect(schema.parse({ timeoutSeconds: null })).toMatchObject({ timeoutSeconds: null });
    expect(schema.safeParse({ timeoutSeconds: '0' }).success).toBe(false);
    expect(schema.safeParse({ maxAttempts: '0' }).success).toBe(false);
  });

  it('reaches into lists, records, and optional and unknown-keeping objects', () => {
    const number = z.number();
    const schema = laxSchema(
      z.object({
        list: z.array(number),
        record: z.record(z.string(), number),
        maybe: z.looseObject({ number }).optional(),
      }),
    );
    expect(schema.parse({ list: ['1'], record: { a: '2' }, maybe: { number: '3', more: '4' } })).toEqual({
      list: [1],
      record: { a: 2 },
      maybe: { number: 3, more: '4' },
    });
    expect(schema.parse({ list: [], record: {} })).toEqual({ list: [], record: {} });
  });

  it('wants the key of a value that may be anything, null included', () => {
    const schema = laxSchema(z.object({ input: z.unknown(), patch: z.unknown().optional() }));
    expect(schema.parse({ input: null })).toEqual({ input: null });
    expect(schema.safeParse({}).success).toBe(false);
  });

  it('leaves a schema alone that has nothing to be lax about', () => {
    const schema = z.object({ s: z.string(), l: z.array(z.boolean()).nullable() });
    expect(laxSchema(schema)).toBe(schema);
  });

  it.each<[unknown[], unknown[]]>([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      [1, '2'],
      [1, 2],
    ],
    [
      [true, 2],
      [1, 2],
    ],
    [
      ['yes', true],
      [true, true],
    ],
    [
      [true, 0],
      [true, false],
    ],
    [
      ['No', 'off', 1],
      [false, false, true],
    ],
    [
      [1, 2.5],
      [1, 2.5],
    ],
    [[], []],
  ])('brings the span attribute %j to one type', (wire, value) => {
    expect(laxSchema(spanAttributesSchema).parse({ a: wire })).toEqual({ a: value });
  });

  it.each([[[1, 'x']], [null], [{ a: 1 }], [[[1]]], [[null]]])('refuses the span attribute %j', (wire) => {
    expect(laxSchema(spanAttributesSchema).safeParse({ a: wire }).success).toBe(false);
  });

  it('does not take the number of a span attribute for its text', () => {
    expect(laxSchema(spanAttributesSchema).parse({ a: '2' })).toEqual({ a: '2' });
  });
});
