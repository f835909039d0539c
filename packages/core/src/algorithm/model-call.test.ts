import { describe, expect, it } from 'vitest';
import { estimateTokens, openAiUsage } from './model-call.ts';

describe('openAiUsage()', () => {
  it.each([
    [
      'a chat completion',
      { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
      { promptTokens: 10, completionTokens: 3, cachedPromptTokens: 4 },
    ],
    [
      'an answer of the newer interface',
      { input_tokens: 10, output_tokens: 3, input_tokens_details: { cached_tokens: 1 } },
      { promptTokens: 10, completionTokens: 3, cachedPromptTokens: 1 },
    ],
    ['an embedding', { prompt_tokens: 10 }, { promptTokens: 10, completionTokens: 0, cachedPromptTokens: 0 }],
  ])('reads %s', (_, usage, expected) => {
    expect(openAiUsage({ usage })).toEqual(expected);
  });

  it.each([undefined, null, 'text', {}, { usage: null }, { usage: { prompt_tokens: 'many' } }])(
    'finds nothing in %j',
    (reply) => {
      expect(openAiUsage(reply)).toBeUndefined();
    },
  );
});

describe('estimateTokens()', () => {
  it('takes three bytes for a token, whatever the script', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('twelve chars')).toBe(4);
    expect(estimateTokens('房间')).toBe(2);
  });
});
