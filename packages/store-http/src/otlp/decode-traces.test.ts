import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTraces, otlpSpan, tracesOf } from '../../test/otlp-payload.ts';
import { readScenarios } from '../../test/upstream-fixtures/fixture.ts';
import { decodeJsonTraces } from './decode-json.ts';
import { decodeProtobufTraces } from './decode-protobuf.ts';
import { MAX_MESSAGES, MAX_VALUE_DEPTH, OtlpPayloadError, OtlpTooLargeError, type OtlpValue } from './otlp-trace.ts';

const jsonBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Payloads that upstream's server was sent, as bytes and as OTLP/JSON. */
const recorded = readScenarios()
  .flatMap(({ lines }) => lines)
  .map(({ request }) => request as typeof request & { readonly decoded?: unknown })
  .filter(({ path, decoded }) => path === '/v1/traces' && decoded !== undefined);

/** The attributes of one span that has one attribute, `v`. */
const readBack = (value: unknown): OtlpValue | undefined => {
  const traces = tracesOf({}, [otlpSpan(1, { attributes: [{ key: 'v', value }] })]);
  const [fromJson] = decodeJsonTraces(jsonBytes(traces));
  expect(decodeProtobufTraces(encodeTraces(traces))).toEqual([fromJson]);
  return fromJson?.spans[0]?.attributes['v'];
};

describe('a trace export', () => {
  it('is the same as protobuf and as JSON, for every payload that was recorded', () => {
    expect(recorded.length).toBeGreaterThan(20);
    for (const { body_base64 = '', decoded, placeholders = {} } of recorded) {
      let text = JSON.stringify(decoded);
      for (const [id, token] of Object.entries(placeholders)) text = text.replaceAll(token, id);
      expect(decodeJsonTraces(Buffer.from(text))).toEqual(decodeProtobufTraces(Buffer.from(body_base64, 'base64')));
    }
  });

  it.each<[unknown, OtlpValue]>([
    [{ stringValue: 'é' }, 'é'],
    [{ boolValue: true }, true],
    [{ intValue: '-5' }, -5],
    [{ doubleValue: 1.5 }, 1.5],
    [{ doubleValue: 'NaN' }, Number.NaN],
    [{ bytesValue: 'Aas=' }, '01ab'],
    [{ arrayValue: { values: [{ intValue: '1' }, { doubleValue: 2 }] } }, [1, 2]],
    [{ arrayValue: {} }, []],
    [{ kvlistValue: { values: [{ key: 'k', value: { boolValue: false } }] } }, { k: false }],
    [{}, null],
  ])('reads the value %j', (value, expected) => {
    expect(readBack(value)).toEqual(expected);
  });

  it('takes integers of OTLP/JSON as numbers too, as exporters in JavaScript write them', () => {
    const [traces] = decodeJsonTraces(
      jsonBytes(
        tracesOf({}, [otlpSpan(1, { status: { code: 2 }, attributes: [{ key: 'v', value: { intValue: 7 } }] })]),
      ),
    );
    expect(traces?.spans[0]).toMatchObject({ statusCode: 2, attributes: { v: 7 } });
  });

  it('keeps a key that would be a prototype as a key', () => {
    const traces = tracesOf({}, [otlpSpan(1, { attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] })]);
    for (const [decoded] of [decodeProtobufTraces(encodeTraces(traces)), decodeJsonTraces(jsonBytes(traces))]) {
      expect(Object.keys(decoded?.spans[0]?.attributes ?? {})).toEqual(['__proto__']);
    }
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('rounds a time once: to the double that is closest to its nanoseconds', () => {
    const times = ['1700000000.500000001', '1700000000.123456789', '1699999999.999999999'];
    const spans = times.map((time, index) => otlpSpan(index, { startTimeUnixNano: time.replace('.', '') }));
    const [decoded] = decodeProtobufTraces(encodeTraces(tracesOf({}, spans)));
    expect(decoded?.spans.map(({ startTime }) => startTime)).toEqual(times.map(Number));
  });

  it.each([
    ['no JSON', '{bad'],
    ['a list', '[]'],
    ['spans that are none', '{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}'],
    ['an id that is not hex', JSON.stringify(tracesOf({}, [otlpSpan(1, { spanId: 'xy' })]))],
    ['an id of half a byte', JSON.stringify(tracesOf({}, [otlpSpan(1, { spanId: 'abc' })]))],
    ['a time that is none', JSON.stringify(tracesOf({}, [otlpSpan(1, { endTimeUnixNano: '1.5' })]))],
    [
      'a truth value that is none',
      JSON.stringify(tracesOf({}, [otlpSpan(1, { attributes: [{ key: 'v', value: { boolValue: 1 } }] })])),
    ],
  ])('that is %s is refused as JSON', (_, text) => {
    expect(() => decodeJsonTraces(Buffer.from(text))).toThrow(OtlpPayloadError);
  });

  it('with values deeper than the limit is refused in both forms, not run into the ground', () => {
    let value: unknown = { stringValue: 'x' };
    for (let depth = 0; depth <= MAX_VALUE_DEPTH; depth++) value = { arrayValue: { values: [value] } };
    const traces = tracesOf({}, [otlpSpan(1, { attributes: [{ key: 'v', value }] })]);
    expect(() => decodeProtobufTraces(encodeTraces(traces))).toThrow(OtlpPayloadError);
    expect(() => decodeJsonTraces(jsonBytes(traces))).toThrow(OtlpPayloadError);
  });

  it('of tiny messages in great number is refused before it takes the memory for them', () => {
    // A scope of empty spans, two bytes each; then the lengths around it.
    const spans = Buffer.from('1200'.repeat(MAX_MESSAGES), 'hex');
    const scopes = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(spans).finish();
    const payload = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(scopes).finish();
    expect(() => decodeProtobufTraces(payload)).toThrow(OtlpTooLargeError);
    const json = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'{},'.repeat(4 * MAX_MESSAGES)}{}]}]}]}`);
    expect(() => decodeJsonTraces(json)).toThrow(OtlpTooLargeError);
  });

  it('that was damaged or cut short is read or refused, and nothing else', () => {
    const sound = recorded
      .map(({ body_base64 = '' }) => Buffer.from(body_base64, 'base64'))
      .filter(({ length }) => length > 50);
    fc.assert(
      fc.property(
        fc.constantFrom(...sound),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (payload, changes, part) => {
          const bytes = Buffer.from(payload.subarray(0, Math.ceil(payload.length * part)));
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          try {
            decodeProtobufTraces(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(OtlpPayloadError);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
