import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { parseChatRequest } from './chat-request.ts';

const user = { role: 'user', content: 'Hello' };
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
const asked = { role: 'assistant', content: null, tool_calls: [call] };
const answered = { role: 'tool', tool_call_id: 'c1', content: '{}' };

/** The error that a body is refused with. */
function refusal(body: unknown): ApiError {
  try {
    parseChatRequest(body);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('The body was accepted');
}

describe('parseChatRequest()', () => {
  it('fills in the defaults of the API', () => {
    expect(parseChatRequest({ model: 'm', messages: [user] })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hello', toolCalls: [] }],
      tools: [],
      toolChoice: 'none',
      temperature: undefined,
      seed: undefined,
      choices: 1,
      stop: [],
      maxTokens: undefined,
      responseFormat: { type: 'text' },
      stream: false,
      includeUsage: false,
    });
  });

  it('joins content parts', () => {
    const content = [
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
    ];
    expect(parseChatRequest({ model: 'm', messages: [{ role: 'user', content }] }).messages[0]?.content).toBe('Hello');
  });

  it('accepts a tool call and its answer', () => {
    const request = parseChatRequest({ model: 'm', messages: [user, asked, answered], tools: [tool] });
    expect(request.toolChoice).toBe('auto');
    expect(request.messages[1]?.toolCalls).toEqual([{ id: 'c1', name: 'look', arguments: '{}' }]);
  });

  it.each<[string, string | null, unknown]>([
    ['a body that is no object', null, [1]],
    ['no model', 'model', { messages: [user] }],
    ['no messages', 'messages', { model: 'm' }],
    ['empty messages', 'messages', { model: 'm', messages: [] }],
    ['an unknown role', 'messages[0].role', { model: 'm', messages: [{ role: 'robot', content: '' }] }],
    ['content that is a number', 'messages[0].content', { model: 'm', messages: [{ role: 'user', content: 1 }] }],
    ['a user without content', 'messages[0].content', { model: 'm', messages: [{ role: 'user', content: null }] }],
    ['a tool message without a call', 'messages[1].role', { model: 'm', messages: [user, answered] }],
    [
      'a tool message without an id',
      'messages[0].tool_call_id',
      { model: 'm', messages: [{ role: 'tool', content: '' }] },
    ],
    ['a call left unanswered', 'messages', { model: 'm', messages: [user, asked, user] }],
    ['a call left unanswered at the end', 'messages', { model: 'm', messages: [user, asked] }],
    ['empty tools', 'tools', { model: 'm', messages: [user], tools: [] }],
    [
      'parameters that describe no object',
      'tools[0].function.parameters',
      {
        model: 'm',
        messages: [user],
        tools: [{ type: 'function', function: { name: 'x', parameters: { type: 'string' } } }],
      },
    ],
    ['a tool choice without tools', 'tool_choice', { model: 'm', messages: [user], tool_choice: 'auto' }],
    [
      'the choice of a tool that is not offered',
      'tool_choice',
      { model: 'm', messages: [user], tools: [tool], tool_choice: { type: 'function', function: { name: 'other' } } },
    ],
    ['a temperature above 2', 'temperature', { model: 'm', messages: [user], temperature: 2.1 }],
    ['n = 0', 'n', { model: 'm', messages: [user], n: 0 }],
    ['half a token', 'max_tokens', { model: 'm', messages: [user], max_tokens: 0.5 }],
    ['five stop sequences', 'stop', { model: 'm', messages: [user], stop: ['1', '2', '3', '4', '5'] }],
    ['stream options without a stream', 'stream_options', { model: 'm', messages: [user], stream_options: {} }],
    ['stream that is a string', 'stream', { model: 'm', messages: [user], stream: 'yes' }],
    [
      'an unknown response format',
      'response_format.type',
      { model: 'm', messages: [user], response_format: { type: 'xml' } },
    ],
    [
      'json_object when no message says JSON',
      'messages',
      { model: 'm', messages: [user], response_format: { type: 'json_object' } },
    ],
    [
      'a strict schema with an optional property',
      'response_format',
      {
        model: 'm',
        messages: [user],
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'answer',
            strict: true,
            schema: {
              type: 'object',
              properties: { a: { type: 'string' } },
              required: [],
              additionalProperties: false,
            },
          },
        },
      },
    ],
  ])('refuses %s with 400 and the parameter', (_, param, body) => {
    expect(refusal(body)).toMatchObject({ status: 400, type: 'invalid_request_error', param });
  });
});
