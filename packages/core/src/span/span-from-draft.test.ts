import { describe, expect, it } from 'vitest';
import { spanInputSchema } from './span.ts';
import { spanFromDraft } from './span-from-draft.ts';

const place = { rolloutId: 'ro-1', attemptId: 'at-1', traceId: 'a'.repeat(32), now: 100 };

describe('spanFromDraft()', () => {
  it('completes a draft to a span that a store accepts', () => {
    const span = spanFromDraft({ name: 'work', attributes: { a: 1 } }, place);
    expect(spanInputSchema.parse(span)).toEqual(span);
    expect(span).toMatchObject({
      rolloutId: 'ro-1',
      attemptId: 'at-1',
      sequenceId: null,
      traceId: place.traceId,
      parentId: null,
      status: { statusCode: 'OK', description: null },
      startTime: 100,
      endTime: 100,
    });
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('keeps what the draft says', () => {
    const draft = {
      name: 'work',
      attributes: {},
      status: { statusCode: 'ERROR', description: 'bad' } as const,
      traceId: 'b'.repeat(32),
      spanId: 'c'.repeat(16),
      parentId: 'd'.repeat(16),
      startTime: 1,
      endTime: 2,
      events: [{ name: 'e', attributes: {}, timestamp: 1.5 }],
    };
    expect(spanFromDraft(draft, place)).toMatchObject(draft);
  });

  it('never gives work a negative length', () => {
    expect(spanFromDraft({ name: 'x', attributes: {}, startTime: 120 }, place).endTime).toBe(120);
    expect(spanFromDraft({ name: 'x', attributes: {}, endTime: 90 }, place).startTime).toBe(90);
  });

  it('makes attributes storable that are not', () => {
    const attributes = { a: Number.NaN, b: null } as unknown as Record<string, number>;
    expect(spanFromDraft({ name: 'x', attributes }, place).attributes).toEqual({ a: 'NaN', b: 'null' });
  });
});
