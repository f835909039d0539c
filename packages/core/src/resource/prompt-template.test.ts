import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromptTemplate, TEMPLATE_ENGINES, type TemplateEngine } from './prompt-template.ts';
import { TemplateError } from './template-error.ts';

const broken: Record<Exclude<TemplateEngine, 'poml'>, string> = { 'f-string': 'a {b', jinja: 'a {{ b' };

describe('PromptTemplate', () => {
  it('formats with the engine it was given, f-string unless told otherwise', () => {
    expect(new PromptTemplate({ template: 'Hi {x!r}' }).format({ x: 'Ada' })).toBe("Hi 'Ada'");
    expect(new PromptTemplate({ template: 'Hi {{ x|upper }}', engine: 'jinja' }).format({ x: 'Ada' })).toBe('Hi ADA');
    expect(new PromptTemplate({ template: 'Hi' }).format()).toBe('Hi');
  });

  it.each(['f-string', 'jinja'] as const)('ignores variables that %s does not read', (engine) => {
    const template = engine === 'jinja' ? '{{ x }}' : '{x}';
    expect(new PromptTemplate({ template, engine }).format({ x: 1, unused: new Date() })).toBe('1');
  });

  it('stores poml and refuses to format it', () => {
    const prompt = new PromptTemplate({ template: '<poml>{{ x }}</poml>', engine: 'poml' });
    expect(() => prompt.format({ x: 1 })).toThrow(TemplateError);
    expect(() => prompt.format({ x: 1 })).toThrow(expect.objectContaining({ reason: 'unsupported-engine' }));
    expect(prompt.check()).toMatchObject([{ reason: 'unsupported-engine' }]);
    expect(prompt.placeholders()).toEqual([]);
  });

  it('cannot be changed', () => {
    const prompt = new PromptTemplate({ template: 'a' });
    expect(Object.isFrozen(prompt)).toBe(true);
    expect(() => Object.assign(prompt, { template: 'b' })).toThrow(TypeError);
  });

  it('is JSON in upstream’s wire form', () => {
    const prompt = new PromptTemplate({ template: 'a {b}', engine: 'jinja' });
    expect(JSON.parse(JSON.stringify(prompt))).toEqual({
      resource_type: 'prompt_template',
      template: 'a {b}',
      engine: 'jinja',
    });
  });

  it('shows its text when it is inspected', () => {
    expect(inspect(new PromptTemplate({ template: 'Hi {x}' }))).toContain('Hi {x}');
  });

  it.each([
    [
      { template: 1 },
      "Cannot create the prompt template as 'template' must be a string: current value is of type number",
    ],
    [{ template: null }, "Cannot create the prompt template as 'template' must be a string: current value is null"],
    [
      { template: '', engine: 'mustache' },
      "Cannot create the prompt template as 'engine' must be one of 'f-string', 'jinja', 'poml': current value is mustache",
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new PromptTemplate(options as never)).toThrow(new TypeError(message));
  });

  it.each([null, [], 'x', 1])('refuses %j in place of variables', (variables) => {
    const prompt = new PromptTemplate({ template: 'a' });
    expect(() => prompt.format(variables as never)).toThrow(TypeError);
    expect(() => prompt.check(variables as never)).toThrow(TypeError);
  });
});

describe('PromptTemplate.placeholders()', () => {
  it('lists the names of either language', () => {
    expect(new PromptTemplate({ template: '{b} {a.c} {b}' }).placeholders()).toEqual(['b', 'a']);
    expect(new PromptTemplate({ template: '{{ b }} {{ a.c }}', engine: 'jinja' }).placeholders()).toEqual(['b', 'a']);
  });

  it('gives a list of its own each time', () => {
    const prompt = new PromptTemplate({ template: '{{ b }}', engine: 'jinja' });
    prompt.placeholders().push('changed');
    expect(prompt.placeholders()).toEqual(['b']);
  });
});

describe('PromptTemplate.check()', () => {
  it.each(['f-string', 'jinja'] as const)(
    'reports a damaged %s template, which can still be made and read',
    (engine) => {
      const prompt = new PromptTemplate({ template: broken[engine], engine });
      expect(prompt.template).toBe(broken[engine]);
      expect(prompt.check()).toMatchObject([
        { reason: 'syntax', message: expect.stringContaining('Cannot read') as string },
      ]);
      expect(() => prompt.format({ b: 1 })).toThrow(expect.objectContaining({ reason: 'syntax' }));
      expect(prompt.placeholders()).toBeInstanceOf(Array);
    },
  );

  it.each([
    ['f-string', '{a} {b} {c}'],
    ['jinja', '{{ a }} {{ b }} {{ c }}'],
  ] as const)('lists every variable that %s misses', (engine, template) => {
    const problems = new PromptTemplate({ template, engine }).check({ b: 1, ab: 2 });
    expect(problems.map(({ reason, variable }) => [reason, variable])).toEqual([
      ['missing-variable', 'a'],
      ['missing-variable', 'c'],
    ]);
    expect(problems[0]).toMatchObject({ available: ['b', 'ab'], suggestion: 'b' });
  });

  it('reports what a trial run meets', () => {
    const prompt = new PromptTemplate({ template: 'a {x:d}' });
    expect(prompt.check()).toEqual([]);
    expect(prompt.check({ x: 1 })).toEqual([]);
    expect(prompt.check({ x: 'one' })).toMatchObject([{ reason: 'format', offset: 2 }]);
  });

  const parts = fc.constantFrom(
    ...[
      '{x}',
      '{{ x }}',
      '{y',
      '{y!r}',
      '{x:>{w}}',
      '{x:d}',
      '{x.a}',
      '{',
      '}',
      '{{',
      '}}',
      '{% if x %}',
      '{% endif %}',
      '{% for i in y %}',
      '{{ i }}',
      '{% endfor %}',
      '{{ y|upper }}',
      '{{ y.a }}',
      '{{ z|default(x) }}',
      '{#',
      '#}',
      'text',
      '{}',
      '{0}',
    ],
  );
  const templates = fc.array(parts, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const variables = fc.record(
    { x: fc.jsonValue({ maxDepth: 2 }), y: fc.string(), w: fc.nat(20), z: fc.constant(undefined) },
    { requiredKeys: [] },
  );

  it.each(TEMPLATE_ENGINES)('finds a problem exactly when format() throws a TemplateError, with %s', (engine) => {
    fc.assert(
      fc.property(templates, variables, (template, values) => {
        const prompt = new PromptTemplate({ template, engine });
        const problems = prompt.check(values);
        let thrown: unknown;
        try {
          prompt.format(values);
        } catch (error) {
          thrown = error;
        }
        // With several problems, either may meet another one first.
        if (problems.length === 0) expect(thrown).toBeUndefined();
        else expect(thrown).toBeInstanceOf(TemplateError);
      }),
      { numRuns: 500 },
    );
  });
});
