import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonWriter } from './json-bytes.ts';

const textOf = (content: string | Buffer): string => content.toString();

describe('JsonWriter', () => {
  it('writes what JSON.stringify() would, but for lines', () => {
    const writer = new JsonWriter();
    const anyItems = fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom('ü', '漢', '🎲', '\ud800', '\u2028', '\0')), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(anyItems, fc.string(), (items, key) => {
        const body = Object.fromEntries([[key, items]]);
        const { content, release } = writer.write(body);
        expect(textOf(content).replaceAll('\n', '')).toBe(JSON.stringify(body).replaceAll('\n', ''));
        release();
      }),
    );
  });

  it('puts each item of a list that is all there is on a line of its own', () => {
    const write = (body: unknown): string => textOf(new JsonWriter().write(body).content);
    expect(write({ spans: [{ a: 1 }, { b: '\n' }] })).toBe('{"spans":[\n{"a":1},\n{"b":"\\n"}\n]}');
    expect(write({ spans: [{ a: 1 }] })).toBe('{"spans":[{"a":1}]}');
    expect(write({ rollout_ids: ['a', 'b'], timeout: 1 })).toBe('{"rollout_ids":["a","b"],"timeout":1}');
    expect(write(['a', 'b'])).toBe('["a","b"]');
    expect(write(null)).toBe('null');
  });

  it('finds room for what is longer than any before, of one byte a character or more', () => {
    const writer = new JsonWriter();
    for (const letter of ['a', 'ü', '漢', '🎲']) {
      for (const length of [100_000, 300_000, 1_500_000]) {
        const body = { texts: [letter.repeat(length), letter, letter.repeat(length / 2)] };
        const { content, release } = writer.write(body);
        expect(JSON.parse(textOf(content))).toEqual(body);
        release();
      }
    }
  });

  it('uses memory again once it is given back, and not before', () => {
    const writer = new JsonWriter();
    const first = writer.write({ texts: ['first', 'one'] });
    const second = writer.write({ texts: ['second', 'one'] });
    expect(JSON.parse(textOf(first.content))).toEqual({ texts: ['first', 'one'] });
    first.release();
    const third = writer.write({ texts: ['third', 'one'] });
    expect((third.content as Buffer).buffer).toBe((first.content as Buffer).buffer);
    expect(JSON.parse(textOf(second.content))).toEqual({ texts: ['second', 'one'] });
  });

  it('names the place that JSON cannot hold, in a list too', () => {
    expect(() => new JsonWriter().write({ spans: [1, { a: Number.NaN }] })).toThrow("'spans[1].a'");
    expect(() => new JsonWriter().write({ spans: [1, undefined] })).toThrow("'spans[1]'");
  });
});
