import { describe, expect, it } from 'vitest';
import { extractLinks, makeLinkAttributes, queryLinkedSpans } from './links.ts';

describe('extractLinks()', () => {
  it('reads back what makeLinkAttributes() wrote', () => {
    expect(extractLinks(makeLinkAttributes({ trace_id: 't', 'a.b': 'c' }))).toEqual([
      { keyMatch: 'trace_id', valueMatch: 't' },
      { keyMatch: 'a.b', valueMatch: 'c' },
    ]);
  });

  it('answers [] without links and leaves damaged ones out', () => {
    expect(extractLinks({})).toEqual([]);
    expect(extractLinks({ 'agentlightning.link.0.key_match': 'a', 'agentlightning.link.1': 'b' })).toEqual([]);
  });
});

describe('makeLinkAttributes()', () => {
  it('refuses a value that is not a string', () => {
    expect(() => makeLinkAttributes({ a: 5 as unknown as string })).toThrow("'a' must be a string");
  });
});

describe('queryLinkedSpans()', () => {
  const spans = [
    { traceId: 't1', spanId: 's1', attributes: { kind: 'x' } },
    { traceId: 't1', spanId: 's2', attributes: { kind: 'y', n: 1 } },
  ];

  it('answers the spans that all links match', () => {
    const find = (links: Record<string, string>): string[] =>
      queryLinkedSpans(spans, extractLinks(makeLinkAttributes(links))).map(({ spanId }) => spanId);
    expect(find({ trace_id: 't1' })).toEqual(['s1', 's2']);
    expect(find({ trace_id: 't1', span_id: 's2' })).toEqual(['s2']);
    expect(find({ trace_id: 't1', kind: 'x' })).toEqual(['s1']);
    expect(find({ kind: 'x', span_id: 's2' })).toEqual([]);
    expect(find({ n: '1' })).toEqual([]);
    expect(find({ toString: 'x' })).toEqual([]);
    expect(find({})).toEqual(['s1', 's2']);
  });
});
