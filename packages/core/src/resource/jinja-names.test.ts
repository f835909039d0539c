import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJinjaNames } from './jinja-names.ts';

describe('scanJinjaNames()', () => {
  it.each<[template: string, names: string[]]>([
    ['no tags, {x}', []],
    ['{{ b }} {{a}} {{- b -}}', ['b', 'a']],
    ['{{ a.b.c }} {{ d[e].f }} {{ g["h"] }}', ['a', 'd', 'e', 'g']],
    ['{{ "x" ~ y ~ \'z {{ w }}\' }}', ['y']],
    ['{{ "a \\" b" + c }}', ['c']],
    ['{# {{ x }} #}{{ y }}', ['y']],
    ['{% raw %}{{ x }}{% if y %}{% endraw %}{{ z }}', ['z']],
    ['{%- raw -%}{{ x }}{%- endraw -%}{{ z }}', ['z']],
    ['{{ x | upper | replace(y, "z") }}', ['x', 'y']],
    ['{{ x is divisibleby y }} {{ x is not sameas(z) }}', ['x', 'y', 'z']],
    ['{{ f(a, key=b) }} {{ x|indent(width=w) }}', ['f', 'a', 'b', 'x', 'w']],
    ['{{ {"k": v, n: 1}["k"] }} {{ {"a": {"b": q}} }}', ['v', 'n', 'q']],
    ['{{ a if b else c }} {{ not d and e or f in g }}', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['{{ true }} {{ None }} {{ range(n) }} {{ dict(a=b) }}', ['n', 'b']],
    ['{{ 1.5 + 2e3 + 1_000 }} {{ a == b }} {{ a != c }} {{ f(a==d) }}', ['a', 'b', 'c', 'f', 'd']],
    ['{% if x %}{{ y }}{% elif z %}{% else %}{% endif %}', ['x', 'y', 'z']],
    ['{% for i in items %}{{ i }}{{ loop.index }}{{ o }}{% endfor %}{{ i }}', ['items', 'o', 'i']],
    ['{% for k, (v, w) in x.items() if k in y recursive %}{{ k ~ v ~ w }}{% endfor %}', ['x', 'y']],
    ['{% for x in x %}{{ x }}{% endfor %}', ['x']],
    ['{{ s }}{% set s = t %}{{ s }}', ['s', 't']],
    ['{% set a, b = c %}{{ a ~ b }}', ['c']],
    ['{% set a | trim %}{{ b }}{% endset %}{{ a }}', ['b']],
    ['{% set ns = namespace(n=0) %}{% set ns.n = k %}{{ ns.n }}', ['k']],
    ['{% for i in r %}{% set s = 1 %}{% endfor %}{{ s }}', ['r', 's']],
    ['{% with a = b, c = a %}{{ a ~ c }}{% endwith %}{{ a }}', ['b', 'a']],
    ['{% macro m(a, b=c) %}{{ a ~ b ~ caller() }}{% endmacro %}{{ m(d) }}', ['c', 'd']],
    ['{% call(u) m(v) %}{{ u }}{% endcall %}', ['m', 'v']],
    ['{% filter replace(a, "b") %}{{ c }}{% endfilter %}', ['a', 'c']],
    ['{% block title %}{{ t }}{% endblock %}{{ self.title() }}', ['t']],
    ['{% include f ignore missing with context %}', ['f']],
    ['{% import "x" as y %}{% from z import a, b as c %}{{ y ~ a ~ c }}', ['z']],
    [
      '{{ context }} {{ missing }} {{ ignore }} {{ recursive }} {{ with }}',
      ['context', 'missing', 'ignore', 'recursive', 'with'],
    ],
    ['{{ größe }} {{ _x1 }}', ['größe', '_x1']],
  ])('finds in %s the names %j', (template, names) => {
    expect(scanJinjaNames(template).placeholders).toEqual(names);
  });

  it('tells which names the template provides for being absent', () => {
    const { placeholders, optional } = scanJinjaNames(
      '{% if a is defined %}{{ a }}{% endif %}{{ b|default("x") }}{{ c|d }}{% if d is not undefined %}{% endif %}{{ e|upper }}{{ f.g|default(1) }}{{ h is even }}',
    );
    expect(placeholders).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'h']);
    expect([...optional]).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each(['{{ a', '{{ a }} {# b', '{{ a }}{% raw %}{{ b }}', '{{ a ~ "b', '{% for', '{{ a }}{%', '{{ a %} b'])(
    'gives the names in front of the damage in %s',
    (template) => {
      expect(['', 'a', 'a b']).toContain(scanJinjaNames(template).placeholders.join(' '));
    },
  );

  it('ends, without throwing, on any text', () => {
    const parts = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      '"',
      "'",
      '\\',
      ' ',
      'x',
      'for ',
      'in ',
      'set ',
      'with ',
      '=',
      ',',
      '(',
      ')',
      '[',
      '{',
      '}',
      '.',
      '|',
      '-',
      'raw',
      'endraw',
      'endfor',
      'call',
      'macro',
      '1',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (pieces) => {
        expect(scanJinjaNames(pieces.join('')).placeholders).toBeInstanceOf(Array);
      }),
      { numRuns: 2_000 },
    );
  });
});
