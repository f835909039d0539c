import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RENDERED_LENGTH } from './compiled-template.ts';
import { FString, scanFStringNames } from './f-string.ts';
import { BRACE_HINT, TemplateError } from './template-error.ts';

interface Row {
  readonly template: string;
  readonly variables: Record<string, unknown>;
  readonly text?: string;
  readonly error?: string;
  readonly message?: string;
}

const table = JSON.parse(
  readFileSync(new URL('test-data/str-format-table.json', import.meta.url), 'utf8'),
  (_key, value: unknown) => (isTagged(value) ? untag(value.$) : value),
) as { python: string; cases: Row[] };

/** What JSON cannot hold travels as `{"$": "inf"}`. */
function isTagged(value: unknown): value is { $: string } {
  return typeof value === 'object' && value !== null && '$' in value;
}

function untag(text: string): number | bigint {
  if (text.endsWith('n') && text !== 'nan') return BigInt(text.slice(0, -1));
  return Number(text.replace('inf', 'Infinity'));
}

/** The reasons that stand for a Python error. Python finds a wrong template or specification while it formats, as a ValueError. */
function reasonsOf({ error, message = '' }: Row): string[] {
  if (error === 'KeyError') return ['missing-variable', 'missing-key'];
  if (error === 'IndexError') return [message.startsWith('Replacement index') ? 'positional-field' : 'missing-key'];
  // Python meets the missing attribute before the damage behind it; here a damaged template is reported first.
  if (error === 'AttributeError') return ['missing-key', 'syntax'];
  if (error === 'TypeError') return message.startsWith('unsupported format') ? ['format', 'syntax'] : ['missing-key'];
  return ['syntax', 'format'];
}

function outcome(template: string, variables: Record<string, unknown>): string | TemplateError {
  try {
    return new FString(template).format(variables);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

function format(template: string, variables: Record<string, unknown> = {}): string {
  return new FString(template).format(variables);
}

describe('FString against CPython', () => {
  it('reads a table made by Python 3.11', () => {
    expect(table.python).toMatch(/^CPython 3\.11\./);
    expect(table.cases.length).toBeGreaterThan(250);
  });

  it.each(table.cases.filter((row) => row.text !== undefined))(
    'writes $template with $variables as Python does',
    (row) => {
      expect(outcome(row.template, row.variables)).toBe(row.text);
    },
  );

  it.each(table.cases.filter((row) => row.error !== undefined))(
    'refuses $template with $variables, a $error in Python',
    (row) => {
      const result = outcome(row.template, row.variables);
      expect(result).toBeInstanceOf(TemplateError);
      expect(reasonsOf(row)).toContain((result as TemplateError).reason);
    },
  );
});

describe('FString', () => {
  it('lists its placeholders once, in order of first appearance, those of nested specifications included', () => {
    expect(scanFStringNames('{b} {a.x[0]!r:>{w}} {b} {{c}} {a}')).toEqual(['b', 'a', 'w']);
  });

  it('lists the placeholders in front of the damage', () => {
    expect(scanFStringNames('{b} {a:>{w}} {} {c}')).toEqual(['b', 'a', 'w']);
  });

  it('names the missing variable, the available ones, and the one that was probably meant', () => {
    const error = outcome('Dear {custmer}', { customer: 'Ada', date: 'today' });
    expect(error).toMatchObject({
      code: 'TEMPLATE_INVALID',
      reason: 'missing-variable',
      variable: 'custmer',
      available: ['customer', 'date'],
      suggestion: 'customer',
      offset: 5,
      message:
        "Cannot format the prompt template as the variable 'custmer' was not given: available are 'customer', 'date'; did you mean 'customer'?",
      details: { reason: 'missing-variable', variable: 'custmer', suggestion: 'customer' },
    });
  });

  it('tells who wrote JSON without escaping it how to', () => {
    for (const template of ['{"room": "A"}', '{"room"}', '{\n  "room": {x}}', '{}', 'a } b', 'a { b']) {
      expect((outcome(template, { x: 1 }) as TemplateError).message).toContain(BRACE_HINT);
    }
    expect((outcome('{rooms}', { x: 1 }) as TemplateError).message).not.toContain(BRACE_HINT);
  });

  it('keeps a name that is half the template short in its message', () => {
    const error = outcome(`{${'word '.repeat(5_000)}}`, {}) as TemplateError;
    expect(error.reason).toBe('missing-variable');
    expect(error.message.length).toBeLessThan(300);
  });

  it('shows no value in the message about a format specification built from it', () => {
    const error = outcome('{x:{y}}', { x: 1, y: 'hunter2' }) as TemplateError;
    expect(error.reason).toBe('syntax');
    expect(error.message).not.toContain('hunter2');
  });

  it('counts a variable that is undefined as not given', () => {
    expect(outcome('{x}', { x: undefined, y: 1 })).toMatchObject({ reason: 'missing-variable', available: ['y'] });
  });

  it('says where the template is damaged', () => {
    expect(outcome('ab {x', {})).toMatchObject({ reason: 'syntax', offset: 3 });
    expect(outcome('ab {x:{y', {})).toMatchObject({ reason: 'syntax', offset: 3 });
    expect(outcome('{x:>{y!q}}', {})).toMatchObject({ reason: 'syntax', offset: 4 });
    expect(outcome('a {x:5.}', {})).toMatchObject({ reason: 'syntax', offset: 2 });
  });

  it('says which value did not fit', () => {
    expect(outcome('Total: {total:.2f}', { total: 'secret' })).toMatchObject({ reason: 'format', offset: 7 });
    expect(String(outcome('Total: {total:.2f}', { total: 'secret' }))).not.toContain('secret');
  });

  it('looks up own properties of objects by attribute and by key', () => {
    expect(format('{t.name} {t[name]} {t[0]}', { t: { name: 'Ada', 0: 'zero' } })).toBe('Ada Ada zero');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'])('reaches no %s', (name) => {
    expect(outcome(`{${name}}`, { x: {} })).toMatchObject({ reason: 'missing-variable' });
    for (const x of [{}, [], 'text', 1, true, null]) {
      expect(outcome(`{x.${name}}`, { x })).toMatchObject({ reason: 'missing-key', variable: `x.${name}` });
      expect(outcome(`{x[${name}]}`, { x })).toMatchObject({ reason: 'missing-key' });
    }
  });

  it('reads an own property called __proto__', () => {
    const variables = JSON.parse('{"__proto__": {"a": 1}}') as Record<string, unknown>;
    expect(format('{__proto__}', variables)).toBe("{'a': 1}");
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
  ])('refuses %s, at any depth', (_what, x) => {
    expect(outcome('{x}', { x })).toMatchObject({ reason: 'unsupported-value' });
    expect(outcome('{x!r:>5}', { x: [{ x }] })).toMatchObject({ reason: 'unsupported-value' });
  });

  it.each(['{x:1000000000}', '{x:>99999999999999999999}', '{x:.100001f}', '{x:{w}}'])(
    'bounds what %s may ask for',
    (template) => {
      expect(outcome(template, { x: 1.5, w: 1e9 })).toMatchObject({ reason: 'limit' });
    },
  );

  it('bounds the whole text', () => {
    const template = '{x:99999}'.repeat(Math.ceil(MAX_RENDERED_LENGTH / 99_999) + 1);
    expect(outcome(template, { x: '' })).toMatchObject({ reason: 'limit' });
  });

  it('writes a list or dict that holds itself as Python does, and refuses one that nests too deeply', () => {
    const list: unknown[] = [1];
    list.push({ list });
    expect(format('{list}', { list })).toBe("[1, {'list': [...]}]");
    let deep: unknown[] = [];
    for (let level = 0; level < 5_000; level++) deep = [deep];
    expect(outcome('{deep}', { deep })).toMatchObject({ reason: 'limit' });
  });

  it('refuses to write an integer of more than 4300 digits, as Python 3.11', () => {
    expect(format('{x}', { x: 10n ** 4299n })).toHaveLength(4300);
    expect(outcome('{x}', { x: 10n ** 4300n })).toMatchObject({ reason: 'limit' });
    expect(format('{x:x}', { x: 16n ** 5000n })).toHaveLength(5001);
  });
});

describe('FString with any input', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '{{',
      '}}',
      '{x}',
      '{y',
      ':',
      '!r',
      '!',
      '.',
      '[',
      ']',
      '0',
      '5',
      '>',
      '^',
      'd',
      'f',
      ',',
      'x',
      'é',
      '😀',
      '{x:>{w}}',
      '{w:05}',
      ' ',
    ],
  );
  const templates = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  const variables = fc.record({ x: fc.jsonValue(), y: fc.string(), w: fc.integer({ min: -3, max: 30 }) });

  it('writes text without braces as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = text.replaceAll(/[{}]/g, '');
        expect(format(plain)).toBe(plain);
        expect(format(text.replaceAll('{', '{{').replaceAll('}', '}}'))).toBe(text);
      }),
    );
  });

  it('throws nothing but TemplateError', () => {
    fc.assert(
      fc.property(templates, variables, (template, values) => {
        expect(['string', 'object']).toContain(typeof outcome(template, values));
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes any JSON value, as text and as repr', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (x) => {
        expect(typeof format('{x}{x!r}{x!a}', { x })).toBe('string');
      }),
    );
  });

  it('reads back any double that it writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Number(format('{x}', { x }))).toBe(x);
        expect(Number(format('{x:.16e}', { x }))).toBe(x);
      }),
    );
  });
});
