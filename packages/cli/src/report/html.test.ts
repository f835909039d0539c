import { describe, expect, it } from 'vitest';
import { html } from './html.ts';

describe('html``', () => {
  it('escapes what is put into it, in text and in attributes, and what would move a terminal', () => {
    const text = `<b title='"'>&\`\x1b[2J\u202e`;
    expect(html`<p title="${text}">${text}</p>`.toString()).toBe(`<p title="${ESCAPED}">${ESCAPED}</p>`);
  });

  it('puts markup and lists in as they are, and nothing for nothing', () => {
    expect(html`<ul>${['a', '<'].map((each) => html`<li>${each}</li>`)}${null}${undefined}${0}</ul>`.toString()).toBe(
      '<ul><li>a</li><li>&#60;</li>0</ul>',
    );
  });
});

const ESCAPED = '&#60;b title=&#39;&#34;&#39;&#62;&#38;&#96;\\x1b[2J\\u202e';
