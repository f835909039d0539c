import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../test-data/chat-server.ts';
import { assembleChatCompletion } from './assemble-chat-completion.ts';
import { modelEndpointOf } from './model-endpoint.ts';
import { readModelResponse } from './read-model-response.ts';

const LIMIT = 1_000_000;
const endpoint = modelEndpointOf({ method: 'POST', path: '/v1/chat/completions?x=1' })!;
const stream = { statusCode: 200, contentType: 'text/event-stream; charset=utf-8', contentEncoding: '' };

describe('assembleChatCompletion()', () => {
  it('gives back a completion however it was cut into deltas', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word), fc.array(fc.tuple(fc.string(), fc.array(word)), { maxLength: 3 }), (texts, calls) => {
        const deltas = [
          { role: 'assistant' },
          ...texts.map((content) => ({ content })),
          ...calls.flatMap(([name, pieces], index) => [
            { tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] },
            ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
          ]),
        ];
        const body = Buffer.from(streamOf(deltas, 'stop'));
        const { completion, finished } = readModelResponse({ ...stream, body }, endpoint, LIMIT);
        expect(finished).toBe(true);
        expect(completion).toMatchObject({
          id: 'chatcmpl-2',
          object: 'chat.completion',
          usage: { prompt_tokens: 11, completion_tokens: 5 },
          choices: [
            {
              index: 0,
              finish_reason: 'stop',
              message: {
                role: 'assistant',
                content: texts.length === 0 ? null : texts.join(''),
                ...(calls.length === 0
                  ? {}
                  : {
                      tool_calls: calls.map(([name, pieces], index) => ({
                        id: `call_${index}`,
                        type: 'function',
                        function: { name, arguments: pieces.join('') },
                      })),
                    }),
              },
            },
          ],
        });
      }),
      { verbose: true },
    );
  });

  it('keeps choices apart by index and joins log probabilities, reasoning and token ids', () => {
    const chunk = (index: number, rest: object) => ({ choices: [{ index, ...rest }] });
    const assembled = assembleChatCompletion([
      chunk(1, { delta: { content: 'b' }, logprobs: { content: [{ token: 'b' }] } }),
      chunk(0, { delta: { content: 'a', reasoning_content: 'be' }, token_ids: [1] }),
      chunk(0, { delta: { content: 'A', reasoning_content: 'cause' }, token_ids: [2], finish_reason: 'length' }),
      chunk(1, { delta: { refusal: 'no', function_call: { name: 'f', arguments: '{}' } }, finish_reason: 'stop' }),
    ]);
    expect(assembled).toEqual({
      finished: true,
      completion: {
        object: 'chat.completion',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'aA', reasoning_content: 'because' },
            finish_reason: 'length',
            token_ids: [1, 2],
          },
          {
            index: 1,
            message: {
              role: 'assistant',
              content: 'b',
              refusal: 'no',
              function_call: { name: 'f', arguments: '{}' },
            },
            finish_reason: 'stop',
            logprobs: { content: [{ token: 'b' }] },
          },
        ],
      },
    });
  });

  it('makes nothing of anything, and never throws', () => {
    expect(assembleChatCompletion([])).toBeUndefined();
    fc.assert(fc.property(fc.array(fc.jsonValue()), (chunks) => void assembleChatCompletion(chunks)));
    const hostile = JSON.parse(
      '{"choices":[{"index":4294967294,"delta":{"__proto__":{"x":1},"tool_calls":[null,3,{}]}}]}',
    );
    expect(assembleChatCompletion([hostile])?.finished).toBe(false);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
