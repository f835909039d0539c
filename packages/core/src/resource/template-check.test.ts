import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromptTemplate, type TemplateEngine } from './prompt-template.ts';
import { checkTemplate, type TemplateCheckOptions } from './template-check.ts';

const placeholders = ['date', 'time'];

function reasons(
  template: string,
  options: Partial<TemplateCheckOptions> = {},
  engine: TemplateEngine = 'f-string',
): string[] {
  return checkTemplate(new PromptTemplate({ template, engine }), { placeholders, ...options }).map(
    ({ reason, variable }) => (variable === undefined ? reason : `${reason} ${variable}`),
  );
}

describe('checkTemplate()', () => {
  it('finds nothing against a good candidate', () => {
    expect(reasons('On {date} at {time!r:>9}, answer {{"room": 1}}')).toEqual([]);
    expect(reasons('On {{ date }} at {{ time|upper }}', {}, 'jinja')).toEqual([]);
  });

  it.each<[template: string, problems: string[]]>([
    ['On {date}', ['missing-placeholder time']],
    ['None', ['missing-placeholder date', 'missing-placeholder time']],
    ['{date} {time} {room}', ['unknown-placeholder room']],
    ['{date} {tiem}', ['missing-placeholder time', 'unknown-placeholder tiem']],
    ['{date} {time} {"room": 1}', ['unknown-placeholder "room"']],
    ['{date} {time} {', ['syntax']],
    ['{date} {time} {}', ['positional-field']],
    ['{date} {time:d}', ['format']],
    ['{date} {time[0]}', ['missing-key time.0']],
    ['{date} {time:2000000000}', ['limit']],
    ['{date:{time}}', ['syntax']],
    ['', ['empty']],
    [' \n\t', ['empty']],
  ])('judges %j', (template, problems) => {
    expect(reasons(template)).toEqual(problems);
  });

  it('suggests the placeholder that was probably meant', () => {
    const problems = checkTemplate(new PromptTemplate({ template: '{date} {time} {dates}' }), { placeholders });
    expect(problems).toMatchObject([{ reason: 'unknown-placeholder', suggestion: 'date', available: placeholders }]);
  });

  it('judges Jinja candidates alike', () => {
    expect(reasons('{{ date }} {{ tiem }}', {}, 'jinja')).toEqual([
      'missing-placeholder time',
      'unknown-placeholder tiem',
    ]);
    expect(reasons('{{ date }} {{ time', {}, 'jinja')).toEqual(['syntax']);
    expect(reasons('{{ date }} {% if time %}{{ time.zone }}{% endif %}', {}, 'jinja')).toEqual(['missing-key']);
  });

  it('cannot vouch for poml', () => {
    expect(reasons('<poml/>', {}, 'poml')).toEqual(['unsupported-engine']);
  });

  it('tries the values of an example', () => {
    const example = { date: 20260112, time: { zone: 'UTC' }, further: 1 };
    expect(reasons('{date:d} {time[zone]}', { example })).toEqual([]);
    expect(reasons('{date:d} {time[zoom]}', { example })).toEqual(['missing-key time.zoom']);
    expect(reasons('{date} {time}', { example: { date: 1 } })).toEqual(['missing-variable time']);
  });

  it('bounds the length, 100,000 characters unless told otherwise', () => {
    const text = '{date}{time}';
    expect(reasons(text + 'x'.repeat(100_000 - text.length))).toEqual([]);
    expect(reasons(text + 'x'.repeat(100_001 - text.length))).toEqual(['too-long']);
    expect(reasons(text, { maxLength: text.length })).toEqual([]);
    expect(reasons(text, { maxLength: text.length - 1 })).toEqual(['too-long']);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d as maxLength', (maxLength) => {
    expect(() => reasons('x', { maxLength })).toThrow(RangeError);
  });

  it.each(['```\n{date} {time}\n```', '\n```text\n{date} {time}\n\n```\n', '~~~~\n{date} {time}\n~~~~'])(
    'finds the code fence around %j',
    (template) => {
      expect(reasons(template)).toEqual(['code-fence']);
    },
  );

  it.each(['{date}\n```\n{time}\n```', '```\n{date}\n```\n{time}', '`{date}` {time}'])(
    'accepts code inside of %j',
    (template) => {
      expect(reasons(template)).toEqual([]);
    },
  );

  it.each([
    'Here is the improved prompt:\n\n{date} {time}',
    "Sure! Here's a revised version of the template:\n{date} {time}",
    '**Certainly.** Below is the new prompt template: **\n{date} {time}'.replaceAll('**', ''),
  ])('finds the preamble of %j', (template) => {
    expect(reasons(template)).toEqual(['preamble']);
  });

  it.each([
    'Here is the task:\n{date} {time}',
    'This is a prompt about {date} {time}',
    'You write prompts:\n{date} {time}',
  ])('finds no preamble in %j', (template) => {
    expect(reasons(template)).toEqual([]);
  });

  it('vouches for f-string candidates with any text as variables', () => {
    const parts = fc.constantFrom(
      ...[
        '{date}',
        '{time}',
        '{date!r}',
        '{time:>9}',
        '{date:.3}',
        '{date:d}',
        '{time[0]}',
        '{time.x}',
        '{date:{time}}',
        '{{',
        '}}',
        '{',
        '}',
        ' ',
        'x',
        '{date:}',
        '{time!a:^{date}}',
      ],
    );
    let vouched = 0;
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), fc.string(), fc.string(), (pieces, date, time) => {
        const prompt = new PromptTemplate({ template: `{date}${pieces.join('')}{time}` });
        if (checkTemplate(prompt, { placeholders }).length > 0) return;
        vouched++;
        expect(typeof prompt.format({ date, time })).toBe('string');
      }),
      { numRuns: 1_000 },
    );
    expect(vouched).toBeGreaterThan(10);
  });
});
