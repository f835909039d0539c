import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { MAX_RENDERED_LENGTH } from './compiled-template.ts';
import { JinjaTemplate } from './jinja.ts';
import { TemplateError } from './template-error.ts';

function format(template: string, variables: Record<string, unknown> = {}): string {
  return new JinjaTemplate(template).format(variables);
}

function failure(template: string, variables: Record<string, unknown> = {}): TemplateError {
  try {
    format(template, variables);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`Rendered ${template}`);
}

describe('JinjaTemplate', () => {
  it.each<[template: string, variables: Record<string, unknown>, text: string]>([
    ['Hello {{ name }}!', { name: 'Ada' }, 'Hello Ada!'],
    ['{{ a < 2 }} <b>&"', { a: 1 }, 'true <b>&"'],
    ['{{ html }}', { html: '<b>"&\'</b>' }, '<b>"&\'</b>'],
    [
      '{% for x in xs %}{{ loop.index }}. {{ x.name|upper }}\n{% endfor %}',
      { xs: [{ name: 'a' }, { name: 'b' }] },
      '1. A\n2. B\n',
    ],
    [
      '{{ name.title() }} {{ d.items()|list|length }} {{ ",".join(xs) }}',
      { name: 'ada l', d: { a: 1, b: 2 }, xs: ['x', 'y'] },
      'Ada L 2 x,y',
    ],
    [
      '{{ n }} {{ f }} {{ big }} {{ b }} {{ z }} {{ xs }}',
      { n: 1, f: 1.5, big: 2n ** 63n, b: false, z: null, xs: [1, 'a', null] },
      '1 1.5 9223372036854775808 false none [1, "a", none]',
    ],
    ['{{ data|tojson }}', { data: { a: [1] } }, '{"a":[1]}'],
    ['{% raw %}{{ x }}{% endraw %}{# gone #}', {}, '{{ x }}'],
    ['{% if x is defined %}{{ x }}{% else %}none given{% endif %} {{ y|default("dflt") }}', {}, 'none given dflt'],
    ['{{ x.__proto__ }}', { x: JSON.parse('{"__proto__": "own"}') as unknown }, 'own'],
    ['{% if off %}{% set x = 1 %}{% endif %}{{ x }} {{ range }}', { off: false, x: 2, range: 3 }, '2 3'],
    ['ends with a line\n', {}, 'ends with a line'],
  ])('writes %s', (template, variables, text) => {
    expect(format(template, variables)).toBe(text);
  });

  it('names the missing variable, the available ones, and the one that was probably meant', () => {
    expect(failure('Dear {{ custmer }}', { customer: 'Ada' })).toMatchObject({
      code: 'TEMPLATE_INVALID',
      reason: 'missing-variable',
      variable: 'custmer',
      available: ['customer'],
      suggestion: 'customer',
    });
  });

  it.each([
    '{{ x|upper }}',
    '{{ "a" ~ x }}',
    '{{ x.y }}',
    '{% if false %}{{ x }}{% endif %}',
    '{{ x|default(1) }}{{ x }}',
  ])('asks for x in %s', (template) => {
    expect(failure(template, { z: 1, u: undefined })).toMatchObject({
      reason: 'missing-variable',
      variable: 'x',
      available: ['z'],
    });
  });

  it.each(['{{ x.y }}', '{% if x.y %}{% endif %}', '{% for i in x.y %}{% endfor %}', '{{ x.y.z }}', '{{ x[0] }}'])(
    'refuses the missing attribute in %s',
    (template) => {
      expect(failure(template, { x: {} }).reason).toBe('missing-key');
    },
  );

  it.each(['{{ a', '{% if %}', '{% unknown %}', '{{ a + }}', '{% for x %}'])(
    'calls %s damaged when it is read',
    (template) => {
      expect(() => new JinjaTemplate(template)).toThrow(expect.objectContaining({ reason: 'syntax' }));
    },
  );

  it.each(['{{ x|nofilter }}', '{{ x + 1 }}', '{{ x.nomethod() }}', '{% include "secrets" %}'])(
    'refuses %s without showing the value',
    (template) => {
      const error = failure(template, { x: 'hunter2' });
      expect(error.reason).toBe('format');
      expect(error.message).not.toContain('hunter2');
    },
  );

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Date', new Date(0)],
    ['a bigint past 64 bits', 2n ** 64n],
  ])('refuses %s, at any depth', (_what, x) => {
    expect(failure('{{ x }}', { x: [{ x }] }).reason).toBe('unsupported-value');
  });

  it('refuses a value that holds itself', () => {
    const x: unknown[] = [];
    x.push(x);
    expect(failure('{{ x }}', { x }).reason).toBe('limit');
  });
});

describe('JinjaTemplate against hostile templates', () => {
  it.each([
    '{{ "".constructor.constructor("return process")() }}',
    '{{ x.constructor.constructor("return process")() }}',
    '{{ range.constructor("return process")() }}',
    '{{ x.__proto__.polluted }}',
    '{{ x["__proto__"]["constructor"] }}',
    '{{ xs.map.constructor }}',
    '{{ "".__class__.__mro__ }}',
    '{{ x.toString() }}',
    '{{ cycler.__init__.__globals__ }}',
    '{{ debug() }}',
  ])('lets %s reach nothing', (template) => {
    expect(['missing-key', 'missing-variable', 'format']).toContain(failure(template, { x: {}, xs: [] }).reason);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each<[what: string, template: string]>([
    ['nine million passes', '{% for i in range(3000) %}{% for j in range(3000) %}x{% endfor %}{% endfor %}'],
    ['a long range', '{% for i in range(9000000) %}x{% endfor %}'],
    ['a text of a gigabyte', '{{ "x" * 1000000000 }}'],
    ['an indentation of a gigabyte', '{{ "x"|indent(1000000000, true) }}'],
    [
      'doubling',
      '{% set ns = namespace(s="xxxxxxxx") %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}',
    ],
    ['endless recursion', '{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}'],
    ['deep brackets', `{{ ${'('.repeat(100_000)}1 }}`],
    ['a long chain', `{{ x${'.a'.repeat(100_000)} }}`],
    ['deep blocks', '{% if x %}'.repeat(5_000)],
    ['too long a text', `{{ "x" * ${MAX_RENDERED_LENGTH + 1} }}`],
  ])('stops %s, and renders the next template', (_what, template) => {
    expect(failure(template, { x: {} }).reason).toBe('limit');
    expect(format('{{ a }}', { a: 'fine' })).toBe('fine');
  });

  it('gives every rendering the whole fuel', () => {
    const template = new JinjaTemplate('{% for i in range(10000) %}{{ i % 10 }}{% endfor %}');
    for (let time = 0; time < 20; time++) expect(template.format({})).toHaveLength(10_000);
  });
});

describe('the engine of JinjaTemplate', () => {
  it('loads in a worker thread, and not before the first Jinja template is used', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      let modules = 0;
      // Node compiles modules of its own, to strip types for one.
      const { Module } = WebAssembly;
      const isEngine = (module) => Module.exports(module).some(({ name }) => name === 'environment_new');
      WebAssembly.Module = class extends Module { constructor(bytes) { super(bytes); if (isEngine(this)) modules++; } };
      import(workerData).then(({ PromptTemplate }) => {
        const plain = new PromptTemplate({ template: '{a}' });
        const jinja = new PromptTemplate({ template: '{{ a }}', engine: 'jinja' });
        const texts = [plain.format({ a: 1 }), jinja.placeholders().join()];
        const before = modules;
        texts.push(jinja.format({ a: 2 }), jinja.format({ a: 3 }));
        parentPort.postMessage({ texts, before, after: modules });
      });`;
    const worker = new Worker(code, { eval: true, workerData: new URL('index.ts', import.meta.url).href });
    const [answer] = (await once(worker, 'message')) as [unknown];
    await worker.terminate();
    expect(answer).toEqual({ texts: ['1', 'a', '2', '3'], before: 0, after: 1 });
  });
});
