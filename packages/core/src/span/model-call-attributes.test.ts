import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelCallAttributes } from './model-call-attributes.ts';
import { spanAttributesSchema } from './span.ts';
import { sumUsage } from './usage.ts';

describe('modelCallAttributes()', () => {
  const request = {
    model: 'gpt-x',
    temperature: 0,
    max_completion_tokens: 50,
    stream: false,
    messages: [
      { role: 'system', content: 'be kind' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', content: 'x', tool_call_id: 'c1' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  };
  const response = {
    id: 'resp-1',
    model: 'gpt-x-1',
    choices: [
      {
        message: { role: 'assistant', content: 'hi' },
        finish_reason: 'stop',
        token_ids: [3, 4],
        logprobs: { content: [{ token: 'hi', logprob: -0.1 }], refusal: null },
      },
    ],
    prompt_token_ids: [1, 2],
    usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9, prompt_tokens_details: { cached_tokens: 4 } },
  };

  it('records request, answer, usage and tokens', () => {
    expect(modelCallAttributes(request, response)).toEqual({
      'gen_ai.request.model': 'gpt-x',
      'gen_ai.request.temperature': 0,
      'gen_ai.request.max_tokens': 50,
      'gen_ai.request.is_streaming': false,
      'gen_ai.prompt.0.role': 'system',
      'gen_ai.prompt.0.content': 'be kind',
      'gen_ai.prompt.1.role': 'assistant',
      'gen_ai.prompt.1.tool_calls.0.id': 'c1',
      'gen_ai.prompt.1.tool_calls.0.name': 'f',
      'gen_ai.prompt.1.tool_calls.0.arguments': '{}',
      'gen_ai.prompt.2.role': 'tool',
      'gen_ai.prompt.2.content': 'x',
      'gen_ai.prompt.2.tool_call_id': 'c1',
      'gen_ai.request.functions.0.name': 'f',
      'gen_ai.request.functions.0.parameters': '{"type":"object"}',
      'gen_ai.response.id': 'resp-1',
      'gen_ai.response.model': 'gpt-x-1',
      'gen_ai.usage.prompt_tokens': 7,
      'gen_ai.usage.completion_tokens': 2,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.content': 'hi',
      'gen_ai.completion.0.finish_reason': 'stop',
      prompt_token_ids: [1, 2],
      response_token_ids: [3, 4],
      'logprobs.content': '[{"token":"hi","logprob":-0.1}]',
    });
  });

  it('finds the token ids of the answer wherever servers put them', () => {
    const ids = (body: unknown): unknown => modelCallAttributes({}, body)['response_token_ids'];
    expect(ids({ response_token_ids: [[1]], choices: [{ token_ids: [2] }] })).toEqual([1]);
    expect(ids({ choices: [{ provider_specific_fields: { token_ids: [3] } }] })).toEqual([3]);
    expect(ids({ choices: [{ token_ids: ['a'] }] })).toBeUndefined();
  });

  it('records functions of the older form, and calls of custom tools', () => {
    const custom = { id: 'c', type: 'custom', custom: { name: 'sh', input: 'ls' } };
    expect(
      modelCallAttributes({ functions: [{ name: 'g' }], messages: [{ role: 'assistant', tool_calls: [custom] }] }),
    ).toEqual({
      'gen_ai.request.functions.0.name': 'g',
      'gen_ai.prompt.0.role': 'assistant',
      'gen_ai.prompt.0.tool_calls.0.id': 'c',
      'gen_ai.prompt.0.tool_calls.0.name': 'sh',
      'gen_ai.prompt.0.tool_calls.0.arguments': 'ls',
    });
  });

  it('records a failed call by its request, and is counted as a call', () => {
    const attributes = modelCallAttributes(request);
    expect(sumUsage([{ attributes, spanId: 's' }])).toEqual({ modelCalls: 1, promptTokens: 0, completionTokens: 0 });
  });

  it('never throws, and always gives attributes that a span can hold', () => {
    const odd = fc.oneof(fc.anything(), fc.constant(null));
    const message = fc.record({ role: odd, content: odd, tool_calls: odd, tool_call_id: odd, name: odd });
    const body = fc.record({
      messages: fc.oneof(odd, fc.array(message)),
      tools: odd,
      model: odd,
      choices: fc.oneof(odd, fc.array(fc.record({ message, token_ids: odd }))),
      usage: odd,
      id: odd,
    });
    fc.assert(
      fc.property(fc.oneof(odd, body), fc.oneof(odd, body), (sent, received) => {
        spanAttributesSchema.parse(modelCallAttributes(sent, received));
      }),
    );
  });
});
