import { describe, expect, it } from 'vitest';
import type { SpanAttributes } from './span.ts';
import { isModelCallSpan, sumUsage } from './usage.ts';

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
