import { describe, expect, it } from 'vitest';
import { pageSpan } from '../../../test/page-spans.ts';
import type { PageSpan } from '../store/records.ts';
import { conversationOf } from './conversation-calls.ts';

const indexed: PageSpan['attributes'] = {
  'gen_ai.request.model': 'small',
  'gen_ai.response.model': 'small-2026',
  'gen_ai.usage.prompt_tokens': 12,
  'gen_ai.usage.completion_tokens': 3,
  'gen_ai.prompt.0.role': 'user',
  'gen_ai.prompt.0.content': 'Which room?',
  'gen_ai.completion.0.role': 'assistant',
  'gen_ai.completion.0.content': 'Room 4',
};

describe('conversationOf()', () => {
  it('tells who said what, of which model, with tokens and latency', () => {
    expect(conversationOf([pageSpan({ attributes: indexed, startTime: 1, endTime: 3.5 })])).toMatchObject([
      {
        model: 'small',
        promptTokens: 12,
        completionTokens: 3,
        latency: 2.5,
        repeated: 0,
        tools: [],
        messages: [
          { role: 'user', content: 'Which room?' },
          { role: 'assistant', content: 'Room 4' },
        ],
      },
    ]);
  });

  it.each<[string, PageSpan['attributes']]>([
    [
      "OpenTelemetry's messages",
      {
        'gen_ai.request.model': 'm',
        'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }]),
        'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: 'Ho' }] }]),
      },
    ],
    [
      'the AI SDK',
      {
        'ai.model.id': 'm',
        'ai.prompt.messages': JSON.stringify([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]),
        'ai.response.text': 'Ho',
      },
    ],
  ])('reads %s as well', (_, attributes) => {
    expect(conversationOf([pageSpan({ attributes })])).toMatchObject([
      {
        model: 'm',
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Ho' },
        ],
      },
    ]);
  });

  it('says how much of it the call before had too, and that the last message is new', () => {
    const second = {
      ...indexed,
      'gen_ai.prompt.1.role': 'assistant',
      'gen_ai.prompt.1.content': 'Room 4',
      'gen_ai.prompt.2.role': 'user',
      'gen_ai.prompt.2.content': 'Sure?',
    };
    const calls = conversationOf([indexed, second, second, indexed].map((attributes) => pageSpan({ attributes })));
    expect(calls.map(({ repeated }) => repeated)).toEqual([0, 2, 3, 1]);
  });

  it('keeps a call that cannot be read, and passes over what is none', () => {
    const damaged = { 'gen_ai.request.model': 'm', 'gen_ai.input.messages': '{' };
    const calls = conversationOf([
      pageSpan({ spanId: 'a', attributes: damaged, endTime: null }),
      pageSpan({ spanId: 'b', attributes: { 'agentlightning.reward.0.name': 'primary' } }),
      pageSpan({ spanId: 'c', attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'm' } }),
    ]);
    expect(calls).toMatchObject([{ span: { spanId: 'a' }, messages: null, latency: null, model: 'm' }]);
  });
});
