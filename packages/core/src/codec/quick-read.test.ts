import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recordCodec } from './record-codec.ts';
import {
  attemptCodec,
  attemptedRolloutCodec,
  enqueueRolloutRequestCodec,
  rolloutCodec,
  spanCodec,
  spanInputCodec,
  workerCodec,
} from './records.ts';
import { anyAttempt, anyJson, anyRollout, anySpan, anyWorker } from './test-data/any-record.ts';

/** What zod and the codec make of a wire value together, `undefined` if it does not fit. */
function slowly(codec: typeof spanCodec, wire: unknown): unknown {
  const { success, data } = codec.wireSchema.safeParse(wire);
  return success ? codec.decode(data) : undefined;
}

const anyAttemptedRollout = fc.tuple(anyRollout, anyAttempt).map(([rollout, attempt]) => ({ ...rollout, attempt }));

const kinds = [
  ['attempts', attemptCodec, anyAttempt],
  ['rollouts', rolloutCodec, anyRollout],
  ['claimed rollouts', attemptedRolloutCodec, anyAttemptedRollout],
  ['workers', workerCodec, anyWorker],
  ['spans', spanCodec, anySpan],
] as unknown as [string, typeof spanCodec, fc.Arbitrary<never>][];

/** What peers get wrong, and what is right in one place and wrong in another. */
const anyMistake = fc.oneof(
  fc.constantFrom(null, '', '2', 2, 2.5, -1, 2 ** 53, true, [], {}, [1, 'a'], ['a'], { a: null }, [null], '__gone__'),
  anyJson,
);

/** The places of a JSON value: paths of keys. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

/** A copy with another value in one place, or nothing there. */
function withMistake(wire: unknown, path: readonly string[], mistake: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return mistake;
  const copy = (Array.isArray(wire) ? [...wire] : { ...(wire as object) }) as Record<string, unknown>;
  if (rest.length === 0 && mistake === '__gone__' && !Array.isArray(copy)) delete copy[key];
  else {
    const value = withMistake((wire as Record<string, unknown>)[key], rest, mistake);
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

describe('reading without zod', () => {
  it.each(kinds)('is sure of %s as they are written, and reads what zod would', (_, codec, anyRecord) => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        // A key that is the prototype's is left to zod, which drops it.
        const wire: unknown = JSON.parse(JSON.stringify(codec.encode(record)).replaceAll('"__proto__"', '"proto"'));
        const read = codec.tryParse(wire);
        expect(read).toBeDefined();
        // Not `toStrictEqual`, which takes what a key `constructor` holds for the class.
        deepStrictEqual(read, slowly(codec, wire));
      }),
    );
  });

  it.each(kinds)('never accepts what zod refuses of %s, and never reads it otherwise', (_, codec, anyRecord) => {
    const cases = fc.tuple(anyRecord, fc.nat(), anyMistake).map(([record, place, mistake]) => {
      const wire: unknown = JSON.parse(JSON.stringify(codec.encode(record)));
      const places = placesOf(wire);
      return withMistake(wire, places[place % places.length]!, mistake);
    });
    fc.assert(
      fc.property(cases, (wire) => {
        const read = codec.tryParse(wire);
        if (read !== undefined) deepStrictEqual(read, slowly(codec, wire));
      }),
      { numRuns: 300 },
    );
  });

  it('shares nothing with the wire but user data', () => {
    const input = { user: 'data' };
    const wire = {
      rollout_id: 'ro-1',
      input,
      start_time: 1,
      metadata: { a: {} },
      config: { retry_condition: ['failed'] },
    };
    const rollout = rolloutCodec.tryParse(wire)!;
    expect(rollout.input).toBe(input);
    expect(rollout.metadata).not.toBe(wire.metadata);
    expect(rollout.config).not.toBe(wire.config);
    expect(rollout.config.retryCondition).not.toBe(wire.config.retry_condition);
    expect(rolloutCodec.tryParse({ rollout_id: 'ro-2', input, start_time: 1 })!.config).not.toBe(rollout.config);
  });

  it('fills in defaults', () => {
    expect(enqueueRolloutRequestCodec.tryParse({ input: null })).toStrictEqual(
      enqueueRolloutRequestCodec.parse({ input: null }),
    );
    expect(spanInputCodec.tryParse({ input: null })).toBeUndefined();
  });

  it.each([
    ['a text whose length is checked', z.object({ id: z.string().min(2) }), { id: 'ab' }, { id: 'a' }],
    ['a number with bounds', z.object({ id: z.number().int().max(9) }), { id: 9 }, { id: 10 }],
    ['a list with a length', z.object({ id: z.array(z.string()).min(1) }), undefined, { id: [] }],
    ['keys of a pattern', z.object({ id: z.record(z.string().min(2), z.number()) }), undefined, { id: { a: 1 } }],
    ['a check of the whole', z.object({ id: z.number() }).refine(({ id }) => id > 1), undefined, { id: 1 }],
    ['no further keys', z.strictObject({ id: z.number() }), undefined, { id: 1, other: 2 }],
  ])('is not sure of %s that does not hold', (_, schema, right, wrong) => {
    const codec = recordCodec(schema as z.ZodType);
    expect(codec.tryParse(wrong)).toBeUndefined();
    if (right !== undefined) expect(codec.tryParse(right)).toStrictEqual(right);
  });
});
