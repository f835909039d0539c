import { PromptTemplate } from '@agentlightning/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCandidateCheck, tidyPrompt } from './candidate-check.ts';

const SEED = new PromptTemplate({ template: 'Find a room on {date} for {count} people.' });
const TASK = { date: 'Monday', count: 'six' };
const BOTH = '{date} {count}';

/** Replies of an editor that are no good, by what is wrong with them. Each is shown to the check as it would come. */
const CORPUS: Readonly<Record<string, readonly string[]>> = {
  'missing placeholders': [
    'Find a room.',
    'On {date}.',
    'For {count}.',
    'On date for count.',
    '{{date}} {{count}}',
    '{date} {{count}}',
    '$date ${count',
    '<date> <count>',
    '%(date)s %(count)s',
  ],
  'placeholders that nobody fills': [
    `${BOTH} {city}`,
    `${BOTH} {Date}`,
    `${BOTH} {date_}`,
    `${BOTH} {dates}`,
    `${BOTH} {task}`,
    `${BOTH} {0}`,
    `${BOTH} {}`,
    `${BOTH} {date} {1}`,
    `${BOTH} {room name}`,
    `${BOTH} {"room"}`,
    `${BOTH} {datе}`,
    `${BOTH} { date }`,
  ],
  'nested and reaching placeholders': [
    '{date:{count}}',
    `${BOTH} {date:{}}`,
    `${BOTH} {date[0]}`,
    `${BOTH} {date.year}`,
    `${BOTH} {count.__class__}`,
    `${BOTH} {date[__proto__]}`,
    `${BOTH} {date!x}`,
    `${BOTH} {count:d}`,
    `${BOTH} {count:,.2f}`,
    `${BOTH} {date:9999999999}`,
    `${BOTH} {{{date}}`,
    `${BOTH} {{{{count}`,
  ],
  'braces of JSON': [
    `${BOTH} {"room": 1}`,
    `${BOTH} {"a": {"b": 1}}`,
    `${BOTH}\n{\n  "room": "x"\n}`,
    `${BOTH} [{"room": 1}]`,
    `${BOTH} {'room': 1}`,
    `${BOTH} {room: 1}`,
    `${BOTH} {"date": "{date}"}`,
    `${BOTH} {}`,
    `${BOTH} function() { return 1; }`,
    `${BOTH} \\{x\\}`,
  ],
  'unbalanced braces': [
    `${BOTH} {`,
    `${BOTH} }`,
    `{ ${BOTH}`,
    `} ${BOTH}`,
    `${BOTH} {date`,
    `${BOTH} date}`,
    `${BOTH} {{date}`,
    `${BOTH} {date}}`,
    `${BOTH} }{`,
    `${BOTH} {!`,
  ],
  'nothing to say': ['', ' ', '\n\n', '\t \r\n', '\u00a0', '\u2003\u2028'],
  'far too much': [`${BOTH}${'x'.repeat(1024 * 1024)}`, `${BOTH} ${'{date} '.repeat(20_000)}`],
  'hostile names': [
    `${BOTH} {__proto__}`,
    `${BOTH} {constructor}`,
    `${BOTH} {toString}`,
    `${BOTH} {hasOwnProperty}`,
    `${BOTH} {prototype}`,
    `${BOTH} {date.constructor}`,
    `${BOTH} {count.constructor.constructor}`,
  ],
};

/** Replies that are only badly wrapped, or unusual, and would work. */
const USABLE: readonly string[] = [
  '```\nOn {date} for {count}.\n```',
  '```text\nOn {date} for {count}.\n```',
  '~~~\nOn {date} for {count}.\n~~~',
  'Here is the improved prompt:\nOn {date} for {count}.',
  "Sure! Here's a revised version of the template:\n{date} {count}",
  SEED.template,
  `  ${SEED.template}\r\n`,
  'On {date} for {count}. Answer {{"room": 1}}.',
  `${BOTH} \u0000\u0007\u001b[31m`,
  `${BOTH} \ud800`,
  '{date!r:>9} {count!s:^{12}'.replace('{12}', '12}'),
  `${BOTH} ${BOTH}`,
];

/** Whether agents could use a text: it has all placeholders of the seed and is formatted with every task. */
function works(text: string): boolean {
  const prompt = new PromptTemplate({ template: text });
  try {
    return ['', 'x', 'a longer text {with} braces }{'].every((value) => {
      const marked = prompt.format({ date: `${value}<date>`, count: `${value}<count>` });
      const plain = prompt.format({ date: value, count: value });
      return (
        typeof plain === 'string' &&
        marked !== plain &&
        ['date', 'count'].every((name) => prompt.placeholders().includes(name))
      );
    });
  } catch {
    return false;
  }
}

const check = createCandidateCheck(SEED, TASK);
/** What stands in a test's name. */
const shown = (text: string): string => JSON.stringify(text).slice(0, 60);
const bad = Object.entries(CORPUS).flatMap(([what, texts]) => texts.map((text) => [what, shown(text), text] as const));

describe('the check of new prompts', () => {
  it('has more than sixty bad ones to judge, no two alike', () => {
    expect(new Set(bad.map(([, , text]) => text)).size).toBeGreaterThan(60);
  });

  it.each(bad)('refuses what has %s: %s', (what, _shown, text) => {
    const verdict = check(tidyPrompt(text));
    expect(verdict.isUnusable).toBe(true);
    // One sentence at least, for the editor that is asked once more; and not the whole megabyte.
    expect(verdict.problems.length).toBeGreaterThan(0);
    expect(verdict.problems.join('\n').length).toBeLessThan(2000);
    if (what !== 'far too much') expect(works(tidyPrompt(text))).toBe(false);
  });

  it.each(USABLE.map((text) => [shown(text), text]))('takes what works: %s', (_shown, text) => {
    expect(check(tidyPrompt(text)).isUnusable).toBe(false);
    expect(works(tidyPrompt(text))).toBe(true);
  });

  it('takes exactly what the formatter takes, whatever an editor puts together', () => {
    const pieces = fc.constantFrom(
      '{date}',
      '{count}',
      '{{',
      '}}',
      '{',
      '}',
      '{city}',
      '{}',
      '{0}',
      '{"room": 1}',
      '{date!r}',
      '{count:>9}',
      '{date:{count}}',
      '{count:d}',
      '{date[0]}',
      '{date.x}',
      '{__proto__}',
      '{date:}',
      '\n',
      ' ',
      'text',
      '```',
      '\u0000',
      'Here is the prompt:\n',
    );
    const verdicts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.boolean(), (parts, hasBoth) => {
        const text = tidyPrompt(`${hasBoth ? BOTH : ''}${parts.join('')}`);
        const isTaken = !check(text).isUnusable;
        verdicts[isTaken ? 'taken' : 'refused'] += 1;
        expect([text, isTaken]).toEqual([text, works(text)]);
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(100);
  });

  it('leaves no prototype changed', () => {
    for (const [, , text] of bad) check(text);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
