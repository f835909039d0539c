import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-value.ts';

/** Long enough to be read line by line. */
const LONG = 'x'.repeat(70_000);

function inLines(key: string, items: readonly unknown[]): string {
  return `{${JSON.stringify(key)}:[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]}`;
}

/** What came of it: the value, or that there is none. */
function outcome(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch (error) {
    return (error as Error).name;
  }
}

function expectSame(text: string): void {
  expect(outcome(() => parseJson(Buffer.from(text)))).toEqual(outcome(() => JSON.parse(text) as unknown));
}

describe('parseJson()', () => {
  const anyItems = fc.array(fc.jsonValue(), { maxLength: 5 }).map((items) => [...items, LONG]);

  it('reads a long list, each item on a line, as JSON.parse() does', () => {
    fc.assert(fc.property(anyItems, (items) => expectSame(inLines('reports', items))));
    expectSame(inLines('spans', [{ text: `${LONG} ü 漢 🎲 \n \u2028` }, { a: ['\\', '"', '\u0000'] }]));
    expect(parseJson(Buffer.from(inLines('a', [LONG, 1])))).toEqual({ a: [LONG, 1] });
  });

  it('reads and refuses what is nearly so as JSON.parse() does', () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.integer({ min: 0, max: 2 }),
      put: fc.constantFrom('', '\n', ',', ',\n', ']', '}', '\n]}', '[', '{', '"', '1', ' ', '\\', '\r', '"a":[\n'),
    });
    fc.assert(
      fc.property(
        anyItems,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (items, changes, atEnds) => {
          let text = inLines('reports', items);
          for (const { at, cut, put } of changes) {
            // Where the frame is, more often than in a long text.
            const position = atEnds ? (at % 2 === 0 ? at % 16 : text.length - (at % 8)) : at % text.length;
            text = `${text.slice(0, position)}${put}${text.slice(position + cut)}`;
          }
          expectSame(text);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['__proto__', 'constructor'])('makes a key %s a key like any other', (key) => {
    const value = parseJson(Buffer.from(inLines(key, [LONG, 1]))) as object;
    expect(Object.keys(value)).toEqual([key]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(['', '\n', `${LONG}\n`, `\n${LONG}`, `{"a":[\n]}${' '.repeat(70_000)}`, `{"a":[\n\n]}${' '.repeat(70_000)}`])(
    'reads or refuses a frame without items as JSON.parse() does, case %#',
    (text) => expectSame(text),
  );
});
