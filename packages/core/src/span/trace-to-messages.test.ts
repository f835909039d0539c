import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from './chat-record.ts';
import { MODEL_CALL_SPAN_NAME, modelCallAttributes } from './model-call-attributes.ts';
import type { Span, SpanAttributes } from './span.ts';
import { spanFromDraft } from './span-from-draft.ts';
import { TraceToMessages } from './trace-to-messages.ts';

let sequenceId = 0;
const span = (attributes: SpanAttributes, ids: { spanId?: string; parentId?: string } = {}): Span => ({
  ...spanFromDraft(
    { name: MODEL_CALL_SPAN_NAME, attributes, ...ids },
    { rolloutId: 'ro-1', attemptId: 'at-1', traceId: '0'.repeat(32), now: 1 },
  ),
  sequenceId: ++sequenceId,
});
const adapt = (...spans: Span[]) => new TraceToMessages().adapt(spans);

const lookupTool = {
  type: 'function',
  function: { name: 'lookup', description: 'price by key', parameters: { type: 'object' } },
};
const call = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'lookup', arguments: args } });

describe('TraceToMessages with the indexed layout', () => {
  const toolSpan = span(
    {
      'tool.name': 'lookup',
      'tool.parameters': '{"k":"tea"}',
      'tool.call.id': 'call_7',
      'tool.call.type': 'function',
    },
    { spanId: 'a1', parentId: 'b2' },
  );
  const callSpan = span(
    {
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': 'price of tea?',
      'gen_ai.request.functions.0.name': 'lookup',
      'gen_ai.request.functions.0.description': 'price by key',
      'gen_ai.request.functions.0.parameters': '{"type":"object"}',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.finish_reason': 'tool_calls',
    },
    { spanId: 'b2' },
  );
  const question = { role: 'user', content: 'price of tea?' };

  it('makes a record of messages, tools and the calls recorded as child spans, which may come first', () => {
    expect(adapt(toolSpan, callSpan)).toEqual([
      {
        messages: [question, { role: 'assistant', content: null, tool_calls: [call('call_7', '{"k":"tea"}')] }],
        tools: [lookupTool],
      },
    ]);
  });

  it('puts several calls in order, and passes over child spans that are none', () => {
    const second = span({ 'tool.name': 'lookup', 'tool.call.id': 'call_8' }, { parentId: 'b2' });
    const damaged = span({ 'tool.name': 'lookup' }, { parentId: 'b2' });
    const other = span({ 'tool.name': 'lookup', 'tool.call.id': 'call_9' }, { parentId: 'c3' });
    const [record] = adapt(callSpan, toolSpan, damaged, second, other);
    expect(record?.messages[1]?.tool_calls?.map(({ id }) => id)).toEqual(['call_7', 'call_8']);
  });

  it('reads calls recorded on the answer itself when there are no child spans', () => {
    const own = { 'gen_ai.completion.0.tool_calls.0.id': 'call_1', 'gen_ai.completion.0.tool_calls.0.name': 'lookup' };
    const alone = span({ ...callSpan.attributes, ...own });
    expect(adapt(alone)[0]?.messages[1]).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [call('call_1', '')],
    });
    const both = span({ ...callSpan.attributes, ...own }, { spanId: 'b2' });
    expect(adapt(toolSpan, both)[0]?.messages[1]?.tool_calls?.map(({ id }) => id)).toEqual(['call_7']);
  });

  it('reads the lone call that proxies write', () => {
    const alone = span({
      ...callSpan.attributes,
      'gen_ai.completion.0.function_call.name': 'lookup',
      'gen_ai.completion.0.function_call.arguments': '{}',
    });
    expect(adapt(alone)[0]?.messages[1]?.tool_calls).toEqual([call('')]);
  });

  it('keeps the order of more than ten messages, closes gaps and drops keys beside indices', () => {
    const attributes = Object.fromEntries(
      [12, 2, 0, 11, 3].flatMap((index) => [
        [`gen_ai.prompt.${index}.role`, 'user'],
        [`gen_ai.prompt.${index}.content`, `m${index}`],
      ]),
    );
    const [record] = adapt(span({ ...attributes, 'gen_ai.prompt.note': 'x' }));
    expect(record?.messages.map(({ content }) => content)).toEqual(['m0', 'm2', 'm3', 'm11', 'm12']);
    expect(record?.tools).toBeNull();
  });

  it('yields one record per model call, whatever the spans are called, and none for other spans', () => {
    const named = { ...callSpan, name: 'chat' };
    const usage = span({ 'gen_ai.usage.prompt_tokens': 3 });
    expect(adapt(usage, named, span({ a: 1 }), callSpan)).toHaveLength(2);
    expect(adapt(span({ 'gen_ai.response.id': 'x' }))).toEqual([{ messages: [], tools: null }]);
  });

  it('takes an answer of another role for no answer', () => {
    expect(adapt(span({ ...callSpan.attributes, 'gen_ai.completion.0.role': 'unknown' }))[0]?.messages).toEqual([
      question,
    ]);
  });

  it.each<[string, SpanAttributes]>([
    ['an unknown role', { 'gen_ai.prompt.0.role': 'wizard' }],
    ['a message without a role', { 'gen_ai.prompt.0.content': 'x' }],
    ['a tool result without its call', { 'gen_ai.prompt.0.role': 'tool', 'gen_ai.prompt.0.content': 'x' }],
    ['a prompt that is not a list', { 'gen_ai.prompt.role': 'user' }],
    ['a prompt of bare text', { 'gen_ai.prompt.0': 'hi' }],
    ['a request that is a list', { 'gen_ai.request.0.model': 'm' }],
    [
      'a tool whose parameters are not JSON',
      { 'gen_ai.request.functions.0.name': 'f', 'gen_ai.request.functions.0.parameters': '{' },
    ],
    ['a tool without a name', { 'gen_ai.request.functions.0.description': 'f' }],
    ['a tool call without a name', { 'gen_ai.prompt.0.role': 'assistant', 'gen_ai.prompt.0.tool_calls.0.id': 'x' }],
    ['messages that are not JSON', { 'gen_ai.input.messages': '[' }],
    ['messages that are not a list', { 'gen_ai.input.messages': '{}' }],
    [
      'bottomless messages',
      { 'gen_ai.input.messages': `[{"role":"user","content":${'['.repeat(50_000)}${']'.repeat(50_000)}}]` },
    ],
    ['AI SDK messages that are not JSON', { 'ai.prompt.messages': 'x' }],
  ])('drops a span with %s and keeps the others', (_, attributes) => {
    expect(adapt(callSpan, span(attributes), callSpan)).toHaveLength(2);
  });

  it('never throws', () => {
    const key = fc.constantFrom(
      'gen_ai.prompt.0.role',
      'gen_ai.prompt.0.content',
      'gen_ai.prompt.0.tool_calls.0.name',
      'gen_ai.prompt.00',
      'gen_ai.completion.0.role',
      'gen_ai.request.functions.0.parameters',
      'gen_ai.input.messages',
      'gen_ai.tool.definitions',
      'ai.prompt.messages',
      'ai.response.toolCalls',
    );
    const value = fc.oneof(fc.constantFrom('user', 'assistant', 'tool'), fc.json(), fc.string(), fc.integer());
    fc.assert(
      fc.property(fc.dictionary(key, value), (attributes) => {
        adapt(span(attributes));
      }),
    );
  });
});

describe('TraceToMessages with modelCallAttributes()', () => {
  const text = fc.string();
  const toolCall = fc.record({
    id: text,
    type: fc.constant('function'),
    function: fc.record({ name: text, arguments: text }),
  });
  const assistant = fc.oneof(
    fc.record({ role: fc.constant('assistant'), content: text }),
    fc.record({
      role: fc.constant('assistant'),
      content: fc.oneof(fc.constant(null), text),
      tool_calls: fc.array(toolCall, { minLength: 1, maxLength: 12 }),
    }),
    fc.record({ role: fc.constant('assistant'), content: fc.constant(null), refusal: text }),
  );
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content: text }),
    fc.record({ role: fc.constant('user'), content: text, name: text }),
    fc.record({ role: fc.constant('tool'), content: text, tool_call_id: text }),
    assistant,
  );
  const parameters = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(fc.string(), fc.boolean(), fc.integer()),
  );
  const tool = fc.record({
    type: fc.constant('function'),
    function: fc.record({ name: text, description: text, parameters }, { requiredKeys: ['name'] }),
  });

  it('gives back the messages that went in', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 14 }),
        fc.array(assistant, { maxLength: 3 }),
        fc.array(tool, { maxLength: 12 }),
        (messages, answers, tools) => {
          const request = { model: 'm', messages, tools };
          const response = { id: 'r', choices: answers.map((answer, index) => ({ index, message: answer })) };
          const [record] = adapt(span(modelCallAttributes(request, response)));
          expect(record).toEqual({ messages: [...messages, ...answers], tools: tools.length > 0 ? tools : null });
        },
      ),
    );
  });

  it('keeps content in parts as its JSON text', () => {
    const parts = [{ type: 'text', text: 'hi' }];
    const request = { messages: [{ role: 'user', content: parts }] };
    expect(adapt(span(modelCallAttributes(request)))[0]?.messages).toEqual([
      { role: 'user', content: JSON.stringify(parts) },
    ]);
  });
});

describe("TraceToMessages with OpenTelemetry's current attributes", () => {
  const part = (content: string) => ({ type: 'text', content });
  const messages = (input: unknown, output?: unknown, more: SpanAttributes = {}): readonly ChatMessage[] | undefined =>
    adapt(
      span({
        'gen_ai.request.model': 'm',
        'gen_ai.input.messages': JSON.stringify(input),
        ...(output === undefined ? {} : { 'gen_ai.output.messages': JSON.stringify(output) }),
        ...more,
      }),
    )[0]?.messages;

  it('reads messages in parts, with calls and results of tools', () => {
    const input = [
      { role: 'user', parts: [part('a'), part('b')] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'lookup', arguments: { k: 1 } }] },
      { role: 'user', parts: [{ type: 'tool_call_response', id: 'c1', response: { price: 2 } }] },
    ];
    const output = [
      { role: 'assistant', parts: [{ type: 'reasoning', content: 'hm' }, part('2')], finish_reason: 'stop' },
    ];
    expect(messages(input, output, { 'gen_ai.system_instructions': JSON.stringify([part('be kind')]) })).toEqual([
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: null, tool_calls: [call('c1', '{"k":1}')] },
      { role: 'tool', content: '{"price":2}', tool_call_id: 'c1' },
      { role: 'assistant', content: '2' },
    ]);
  });

  it("reads messages in OpenAI's own format", () => {
    const input = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: [call('c1')] },
      { role: 'tool', content: 'x', tool_call_id: 'c1' },
    ];
    expect(messages(input)).toEqual(input);
  });

  it('keeps other parts as JSON, and reads the definitions of tools in both forms', () => {
    const image = { type: 'uri', modality: 'image', uri: 'https://x.test/a.png' };
    const attributes = {
      'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [part('a'), image] }]),
      'gen_ai.tool.definitions': JSON.stringify([lookupTool, { type: 'function', ...lookupTool.function }]),
    };
    expect(adapt(span(attributes))).toEqual([
      { messages: [{ role: 'user', content: JSON.stringify([part('a'), image]) }], tools: [lookupTool, lookupTool] },
    ]);
  });

  it('prefers the indexed layout where both are recorded', () => {
    const both = { 'gen_ai.prompt.0.role': 'user', 'gen_ai.prompt.0.content': 'indexed' };
    expect(messages([{ role: 'user', content: 'json' }], undefined, both)?.map(({ content }) => content)).toEqual([
      'indexed',
    ]);
  });
});

describe('TraceToMessages with spans of the AI SDK', () => {
  it('reads messages, answer and tools', () => {
    const prompt = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'looking' },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'lookup', input: { k: 1 } },
        ],
      },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'lookup', output: { type: 'json', value: [1] } }],
      },
    ];
    const attributes = {
      'gen_ai.request.model': 'm',
      'ai.prompt.messages': JSON.stringify(prompt),
      'ai.prompt.tools': [
        JSON.stringify({
          type: 'function',
          name: 'lookup',
          description: 'price by key',
          inputSchema: { type: 'object' },
        }),
      ],
      'ai.response.text': 'done',
      'ai.response.toolCalls': JSON.stringify([{ toolCallId: 'c2', toolName: 'lookup', args: '{}' }]),
    };
    expect(adapt(span(attributes))).toEqual([
      {
        messages: [
          { role: 'system', content: 'be kind' },
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: 'looking', tool_calls: [call('c1', '{"k":1}')] },
          { role: 'tool', content: '[1]', tool_call_id: 'c1' },
          { role: 'assistant', content: 'done', tool_calls: [call('c2')] },
        ],
        tools: [lookupTool],
      },
    ]);
  });
});
