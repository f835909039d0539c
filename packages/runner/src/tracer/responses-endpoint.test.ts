import type { SpanDraft } from '@agentlightning/core';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { sendJson, startChatServer } from '../test-data/chat-server.ts';
import { ModelCallTracer } from './model-call-tracer.ts';

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  model: 'model-a-2026',
  status: 'completed',
  error: null,
  incomplete_details: null,
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [] },
    {
      type: 'message',
      id: 'm_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Room 4', annotations: [] }],
    },
    { type: 'function_call', id: 'f_1', call_id: 'call_2', name: 'book', arguments: '{"room":4}' },
  ],
  usage: { input_tokens: 11, output_tokens: 5, total_tokens: 16 },
};

const REQUEST: OpenAI.Responses.ResponseCreateParamsNonStreaming = {
  model: 'model-a',
  instructions: 'Be brief',
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'Which room?' }] },
    { type: 'function_call', call_id: 'call_1', name: 'look_up', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'Room 4 is free' },
  ],
  tools: [{ type: 'function', name: 'look_up', description: 'Rooms', parameters: { type: 'object' }, strict: null }],
};

async function watched(baseURL: string, body: (client: OpenAI) => Promise<unknown>): Promise<readonly SpanDraft[]> {
  const spans: SpanDraft[] = [];
  const sink = { add: (draft: SpanDraft) => void spans.push(draft) };
  const trace = new ModelCallTracer().startTrace({ rolloutId: 'ro-1', attemptId: 'at-1', traceId: '', sink });
  await trace.run(() => body(new OpenAI({ baseURL, apiKey: 'k', maxRetries: 0 })));
  await trace.end();
  return spans;
}

const events = (list: readonly object[]): string => list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

describe('ModelCallTracer and the Responses API', () => {
  it('records a response as a chat', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, RESPONSE));
    const [span] = await watched(server.baseURL, (client) => client.responses.create(REQUEST));
    expect(span!.status).toEqual({ statusCode: 'OK' });
    expect(span!.attributes).toMatchObject({
      'gen_ai.request.model': 'model-a',
      'gen_ai.prompt.0.role': 'system',
      'gen_ai.prompt.0.content': 'Be brief',
      'gen_ai.prompt.1.role': 'user',
      'gen_ai.prompt.1.content': 'Which room?',
      'gen_ai.prompt.2.role': 'assistant',
      'gen_ai.prompt.2.tool_calls.0.id': 'call_1',
      'gen_ai.prompt.2.tool_calls.0.name': 'look_up',
      'gen_ai.prompt.3.role': 'tool',
      'gen_ai.prompt.3.tool_call_id': 'call_1',
      'gen_ai.prompt.3.content': 'Room 4 is free',
      'gen_ai.request.functions.0.name': 'look_up',
      'gen_ai.response.id': 'resp_1',
      'gen_ai.completion.0.content': 'Room 4',
      'gen_ai.completion.0.finish_reason': 'tool_calls',
      'gen_ai.completion.0.tool_calls.0.id': 'call_2',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"room":4}',
      'gen_ai.usage.prompt_tokens': 11,
      'gen_ai.usage.completion_tokens': 5,
    });
  });

  it('records a streamed response, whole or broken off', async () => {
    const added = { type: 'message', id: 'm_1', role: 'assistant', content: [] };
    const begun = [
      { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } },
      { type: 'response.output_item.added', output_index: 0, item: added },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Room' },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: ' 4' },
    ];
    const ended = [...begun, { type: 'response.completed', response: RESPONSE }];
    await using server = await startChatServer(({ body }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(events(body.includes('broken') ? begun : ended));
    });
    const ask = async (client: OpenAI, input: string): Promise<void> => {
      for await (const _ of await client.responses.create({ model: 'm', input, stream: true }));
    };
    const [whole, part] = await watched(server.baseURL, async (client) => {
      await ask(client, 'whole');
      await ask(client, 'broken');
    });
    expect(whole!.attributes).toMatchObject({
      'gen_ai.prompt.0.content': 'whole',
      'gen_ai.completion.0.content': 'Room 4',
      'gen_ai.completion.0.tool_calls.0.name': 'book',
      'gen_ai.usage.completion_tokens': 5,
    });
    expect(part!.attributes).toMatchObject({ 'gen_ai.completion.0.content': 'Room 4', 'gen_ai.response.id': 'resp_1' });
  });

  it('records a response that failed within its stream', async () => {
    const failed = {
      ...RESPONSE,
      status: 'failed',
      output: [],
      error: { code: 'server_error', message: 'overloaded' },
    };
    await using server = await startChatServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(events([{ type: 'response.failed', response: failed }]));
    });
    const [span] = await watched(server.baseURL, async (client) => {
      for await (const _ of await client.responses.create({ model: 'm', input: 'x', stream: true }));
    });
    expect(span!.status).toEqual({ statusCode: 'ERROR', description: 'overloaded' });
  });
});
