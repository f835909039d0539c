import { describe, expect, it } from 'vitest';
import { anchorsOf, brokenLinks, tsBlocks } from './documents.ts';

const document = (text: string) => ({ path: 'docs/page.md', text });

describe('anchorsOf()', () => {
  it.each([
    ['## Two words', 'two-words'],
    ['## `step(key, input, fn)`', 'stepkey-input-fn'],
    ['## `RUNNERS_LOST`', 'runners_lost'],
    ['## See [the guide](x.md)!', 'see-the-guide'],
  ])('gives %s the anchor that GitHub gives it', (heading, anchor) => {
    expect([...anchorsOf(document(heading))]).toEqual([anchor]);
  });

  it('numbers equal headings, and passes over those in code', () => {
    expect([...anchorsOf(document('# A\n```sh\n# B\n```\n# A\n'))]).toEqual(['a', 'a-1']);
  });
});

describe('brokenLinks()', () => {
  it('finds files and headings that do not exist', () => {
    const text = '# Here\n[a](#here) [b](#there) [c](../README.md) [d](nowhere.md) [e](../../outside.md)';
    expect(brokenLinks(document(text))).toEqual([
      '#there: no heading has that anchor',
      'nowhere.md does not exist',
      '../../outside.md does not exist',
    ]);
  });

  it('passes over other sites and what stands in code', () => {
    expect(brokenLinks(document('[a](https://example.com/#x) `[b](c.md)`\n```md\n[d](e.md)\n```\n'))).toEqual([]);
  });
});

describe('tsBlocks()', () => {
  it('finds blocks with their names and lines, also in lists', () => {
    const text = 'Text\n\n```ts\n// a.ts\nlet a;\n```\n\n1. List\n\n   ```ts\n   let b;\n   ```\n';
    expect(tsBlocks(document(text))).toEqual([
      { name: 'a.ts', code: '// a.ts\nlet a;\n', line: 4 },
      { name: undefined, code: 'let b;\n', line: 11 },
    ]);
  });
});
