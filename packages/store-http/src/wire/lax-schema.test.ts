import {
  enqueueRolloutRequestCodec,
  type RecordCodec,
  rolloutConfigSchema,
  spanAttributesSchema,
  spanInputCodec,
} from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { laxCodec } from './codecs.ts';
import { laxSchema } from './lax-schema.ts';
import { reportBatchBodyCodec } from './message-codecs.ts';

describe('laxSchema()', () => {
  it.each<[unknown, unknown]>([
    ['2', 2],
    ['9.0', 9],
    [' 7 ', 7],
    ['+7', 7],
    ['-007', -7],
    ['1_000', 1000],
    [true, 1],
    [9, 9],
  ])('reads %j as an integer', (wire, value) => {
    expect(laxSchema(z.object({ n: z.number().int() })).parse({ n: wire })).toEqual({ n: value });
  });

  it.each([
    ...['', ' ', '9.5', '9.', '1e3', '0x10', '0b1', '1__0', '_1', '1_', '- 1', '1 2', 'x'],
    ...['NaN', 'Infinity', '1e999', '9'.repeat(400), null, [], {}],
  ])('refuses %j as an integer', (wire) => {
    expect(laxSchema(z.object({ n: z.number().int() })).safeParse({ n: wire }).success).toBe(false);
  });

  it.each<[unknown, unknown]>([
    ['2', 2],
    ['2.5', 2.5],
    ['.5', 0.5],
    ['5.', 5],
    ['-1_0.2_5', -10.25],
    ['1E+3', 1000],
    [' 1e-2 ', 0.01],
    [false, 0],
  ])('reads %j as a number', (wire, value) => {
    expect(laxSchema(z.object({ n: z.number() })).parse({ n: wire })).toEqual({ n: value });
  });

  it.each([
    '',
    '.',
    'e3',
    '1e',
    '0x10',
    '1__0',
    '1_.5',
    '1._5',
    'inf',
    'nan',
    '1e999',
    `${'1'.repeat(100_000)}x`,
    null,
  ])('refuses %.20j as a number', (wire) => {
    expect(laxSchema(z.object({ n: z.number() })).safeParse({ n: wire }).success).toBe(false);
  });

  it.each<[unknown, unknown]>([
    [true, true],
    ['true', true],
    ['Yes', true],
    [1, true],
    [0, false],
    ['OFF', false],
    ['n', false],
  ])('reads %j as a boolean', (wire, value) => {
    expect(laxSchema(z.object({ b: z.boolean() })).parse({ b: wire })).toEqual({ b: value });
  });

  it.each([2, 1.5, '', ' true ', 'x', null, [], {}])('refuses %j as a boolean', (wire) => {
    expect(laxSchema(z.object({ b: z.boolean() })).safeParse({ b: wire }).success).toBe(false);
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
    const schema = z.object({ s: z.string(), l: z.array(z.string()).nullable() });
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

describe('a lax codec', () => {
  const span = {
    rollout_id: 'ro-1',
    attempt_id: 'at-1',
    sequence_id: 1,
    trace_id: 't',
    span_id: 's',
    parent_id: null,
    name: 'n',
    status: { status_code: 'OK', description: null },
    attributes: { text: 'a', list: [1, 2] },
    events: [{ name: 'e', attributes: {}, timestamp: 1 }],
    links: [],
    start_time: 1,
    end_time: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schema_url: '' },
    extra: { inner_key: 1 },
  };
  const body = { reports: [{ rollout_id: 'ro-1', attempt_id: 'at-1', patch: { status: 'succeeded' }, spans: [span] }] };
  const cases = [
    ['spans', spanInputCodec, span],
    [
      'rollouts',
      enqueueRolloutRequestCodec,
      { input: 1, config: { max_attempts: 2 }, metadata: {}, rollout_id: 'ro-1' },
    ],
  ] as unknown as [string, RecordCodec<unknown>, Readonly<Record<string, unknown>>][];
  const mistakes = [
    undefined,
    null,
    '',
    '2',
    2.5,
    9.0,
    true,
    [],
    [true, 1],
    ['a', 1],
    {},
    { a: '1', b: null },
    { status_code: 'OK' },
  ];

  it.each(cases)('reads %s that need no leniency, and those that do, in the one way', (_, codec, wire) => {
    const lax = laxCodec(codec);
    const wireSchema = laxSchema(codec.wireSchema);
    for (const key of Object.keys(wire)) {
      for (const mistake of mistakes) {
        const { [key]: _replaced, ...rest } = wire;
        const wrong = mistake === undefined ? rest : { ...rest, [key]: mistake };
        const { success, data } = wireSchema.safeParse(wrong);
        if (success) expect(lax.parse(wrong)).toStrictEqual(codec.decode(data));
        else expect(() => lax.parse(wrong)).toThrow(z.ZodError);
      }
    }
    expect(codec.tryParse(wire), 'the usual case does not trouble zod').toStrictEqual(lax.parse(wire));
  });

  it('reads a batch of reports as it reads a single span', () => {
    expect(reportBatchBodyCodec.parse(body).reports[0]!.spans).toStrictEqual([spanInputCodec.parse(span)]);
  });
});
