import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeObject, getObjectValue } from './object-value.ts';
import type { SpanAttributes } from './span.ts';

const read = (attributes: SpanAttributes): unknown => getObjectValue({ attributes, spanId: 's1' });

describe('encodeObject()', () => {
  it.each([
    ['text', 'str', 'text'],
    [true, 'bool', 'True'],
    [false, 'bool', 'False'],
    [3, 'int', '3'],
    [1.5, 'float', '1.5'],
    [-0, 'float', '-0.0'],
    [Number.NaN, 'float', 'nan'],
    [Number.NEGATIVE_INFINITY, 'float', '-inf'],
    [12345678901234567890n, 'int', '12345678901234567890'],
    [new Uint8Array([104, 105]), 'bytes', 'aGk='],
  ])('writes %o as a literal that Python reads', (value, type, literal) => {
    const attributes = encodeObject(value);
    expect(attributes).toEqual({ 'agentlightning.object.type': type, 'agentlightning.object.literal': literal });
    expect(read(attributes)).toEqual(value);
  });

  it('names the type of what it writes as JSON', () => {
    class Room {
      seats = 4;
    }
    expect(encodeObject([1])).toMatchObject({ 'agentlightning.object.type': 'list' });
    expect(encodeObject(null)).toMatchObject({ 'agentlightning.object.type': 'NoneType' });
    expect(encodeObject(new Room())).toEqual({
      'agentlightning.object.type': 'Room',
      'agentlightning.object.json': '{"seats":4}',
    });
  });

  it('refuses what is not JSON', () => {
    expect(() => encodeObject(() => 1)).toThrow('current value is of type function');
    expect(() => encodeObject([1n])).toThrow(TypeError);
    expect(() => encodeObject(undefined)).toThrow(TypeError);
  });
});

describe('getObjectValue()', () => {
  it('inverts encodeObject()', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value));
        expect(read(encodeObject(json))).toEqual(json);
      }),
    );
  });

  it('answers null when there is no value, and takes a literal without a type for text', () => {
    expect(read({})).toBeNull();
    expect(read({ 'agentlightning.object.literal': '5' })).toBe('5');
  });

  it.each([
    { 'agentlightning.object.json': '{' },
    { 'agentlightning.object.literal': 'x', 'agentlightning.object.type': 'decimal' },
    { 'agentlightning.object.literal': 'x', 'agentlightning.object.type': 'int' },
    { 'agentlightning.object.literal': '0x10', 'agentlightning.object.type': 'float' },
    { 'agentlightning.object.literal': 5 },
  ])('refuses %o', (attributes) => {
    expect(() => read(attributes as SpanAttributes)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { spanId: 's1' } }),
    );
  });
});
