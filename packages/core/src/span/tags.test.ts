import { describe, expect, it } from 'vitest';
import { extractTags, makeTagAttributes } from './tags.ts';

describe('extractTags()', () => {
  it('reads back what makeTagAttributes() wrote', () => {
    const tags = Array.from({ length: 12 }, (_, index) => `tag ${index}`);
    expect(extractTags(makeTagAttributes(tags))).toEqual(tags);
  });

  it('answers [] without tags and leaves out what is not a string', () => {
    expect(extractTags({})).toEqual([]);
    expect(extractTags({ 'agentlightning.tag.0': 5, 'agentlightning.tag.1': 'a' })).toEqual(['a']);
  });
});

describe('makeTagAttributes()', () => {
  it('refuses a tag that is not a string', () => {
    expect(() => makeTagAttributes(['a', 5 as unknown as string])).toThrow('tag 1 must be a string');
  });
});
