import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, table } from './markdown.ts';

describe('codeSpan()', () => {
  it.each([
    ['plain', '`plain`'],
    ['<b> @all #1 *x*', '`<b> @all #1 *x*`'],
    ['one ` two `` three', '```one ` two `` three```'],
    ['`ticks at the ends`', '`` `ticks at the ends` ``'],
    ['a | b', '`a \\| b`'],
    ['two\nlines\x1b[2J', '`two lines\\x1b[2J`'],
    [' ', '` `'],
  ])('makes code of %j', (text, span) => {
    expect(codeSpan(text)).toBe(span);
  });
});

describe('codeBlock()', () => {
  it('has fences longer than any in the text', () => {
    expect(codeBlock('a\n```\nb\n````\n\n', 'diff')).toBe('`````diff\na\n```\nb\n````\n`````');
    expect(codeBlock('a')).toBe('```\na\n```');
  });
});

describe('table()', () => {
  it('writes a line for each row', () => {
    expect(table(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
  });
});
