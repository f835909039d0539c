import { describe, expect, it } from 'vitest';
import type { SpanAttributes } from './span.ts';
import { isModelCallSpan, sumUsage, usageByModel } from './usage.ts';

const spans = (...all: SpanAttributes[]) => all.map((attributes, index) => ({ attributes, spanId: `s${index}` }));

describe('sumUsage()', () => {
  it('adds up calls and tokens under the old and the current names', () => {
    const seen = spans(
      { 'gen_ai.request.model': 'm', 'gen_ai.usage.prompt_tokens': 10, 'gen_ai.usage.completion_tokens': 2 },
      { 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 5, 'gen_ai.usage.output_tokens': 1 },
      { 'gen_ai.request.model': 'm' },
      { other: 1 },
    );
    expect(sumUsage(seen)).toEqual({ modelCalls: 3, promptTokens: 15, completionTokens: 3 });
  });

  it('counts a call once that several instruments saw', () => {
    const id = { 'gen_ai.response.id': 'resp-1' };
    const seen = spans(id, { ...id, 'gen_ai.usage.prompt_tokens': 7 }, { ...id, 'gen_ai.usage.input_tokens': 7 });
    expect(sumUsage(seen)).toEqual({ modelCalls: 1, promptTokens: 7, completionTokens: 0 });
  });

  it('does not count the sum that an agent span carries, nor counts that are none', () => {
    const seen = spans(
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 100 },
      { 'gen_ai.response.id': 'a', 'gen_ai.usage.input_tokens': 'many', 'gen_ai.usage.prompt_tokens': -3 },
    );
    expect(sumUsage(seen)).toEqual({ modelCalls: 1, promptTokens: 0, completionTokens: 0 });
    expect(seen.map(isModelCallSpan)).toEqual([false, true]);
  });

  it('answers zeros without spans', () => {
    expect(sumUsage([])).toEqual({ modelCalls: 0, promptTokens: 0, completionTokens: 0 });
  });
});

describe('usageByModel()', () => {
  it('tells models apart, by the name that was asked for, and what their calls do not say', () => {
    const mini = { 'gen_ai.request.model': 'mini', 'gen_ai.response.model': 'mini-2026-01-01' };
    const seen = spans(
      {
        ...mini,
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 2,
        'gen_ai.usage.cache_read.input_tokens': 8,
      },
      { 'gen_ai.response.model': 'large', 'gen_ai.usage.prompt_tokens': 5 },
      mini,
      { 'gen_ai.response.id': 'a' },
      { other: 1 },
    );
    const failed = { attributes: mini, spanId: 'failed', status: { statusCode: 'ERROR' as const, description: null } };
    const none = { completionTokens: 0, cachedPromptTokens: 0, callsWithoutTokens: 0 };
    expect(usageByModel([...seen, failed])).toEqual([
      {
        model: 'mini',
        modelCalls: 3,
        promptTokens: 10,
        completionTokens: 2,
        cachedPromptTokens: 8,
        callsWithoutTokens: 1,
      },
      { ...none, model: 'large', modelCalls: 1, promptTokens: 5 },
      { ...none, model: 'unknown', modelCalls: 1, promptTokens: 0, callsWithoutTokens: 1 },
    ]);
  });
});
