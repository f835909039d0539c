import { describe, expect, it } from 'vitest';
import { formatReplyText } from './response-format.ts';

const reply = (schema: Record<string, unknown>) =>
  JSON.parse(formatReplyText('I choose Nova', { type: 'json_schema', schema })) as unknown;

describe('formatReplyText()', () => {
  it('leaves a text as it is, and puts it into an object for json_object', () => {
    expect(formatReplyText('Nova', { type: 'text' })).toBe('Nova');
    expect(formatReplyText('Nova', { type: 'json_object' })).toBe('{"answer":"Nova"}');
  });

  it('makes an instance of the schema, with the text as its strings', () => {
    const schema = {
      type: 'object',
      properties: {
        room: { type: 'string', enum: ['Atlas', 'Nova'] },
        why: { $ref: '#/$defs/reason' },
        score: { type: 'number', minimum: 1 },
        tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
        sure: { type: 'boolean' },
        version: { const: 2 },
        more: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      },
      $defs: { reason: { type: ['string', 'null'] } },
    };
    expect(reply(schema)).toEqual({
      room: 'Nova',
      why: 'I choose Nova',
      score: 1,
      tags: ['I choose Nova'],
      sure: false,
      version: 2,
      more: null,
    });
  });

  it('ends on a schema that contains itself', () => {
    const schema = { type: 'object', properties: { next: { $ref: '#' } } };
    expect(JSON.stringify(reply(schema))).toContain('null');
  });
});
