import { describe, expect, it } from 'vitest';
import { jsonText } from './json-text.ts';

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('jsonText()', () => {
  it('is what JSON.stringify() makes of a JSON value', () => {
    const value = { a: [1, 'ü', null, true, { b: undefined }], c: Object.create(null) };
    expect(jsonText(value)).toBe(JSON.stringify(value));
  });

  it.each<[unknown, string, string]>([
    [{ a: [0, Number.NaN] }, 'a[1]', 'NaN'],
    [{ a: { b: () => 1 } }, 'a.b', 'function'],
    [{ when: new Date(0) }, 'when', 'an instance of Date'],
    [{ big: 1n }, 'big', 'bigint'],
    [[undefined], '[0]', 'undefined'],
    [nested(101), '[0]'.repeat(100), 'nested deeper than 100 levels'],
  ])('names the place that JSON cannot hold, case %#', (value, path, current) => {
    expect(() => jsonText(value)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: `Cannot send '${path}' as it must be a JSON value: current value is ${current}`,
        details: { path },
      }),
    );
  });

  it('finds a cycle', () => {
    const value: Record<string, unknown> = {};
    value['self'] = { value };
    expect(() => jsonText(value)).toThrow("'self.value'");
  });

  it('takes the same object twice', () => {
    const shared = { a: 1 };
    expect(jsonText([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });
});
