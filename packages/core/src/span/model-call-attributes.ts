import type { SpanAttributes, SpanAttributeValue } from './span.ts';

/** The name of a span that records one chat completion, as the OpenAI instrumentation of upstream's tracers has it. */
export const MODEL_CALL_SPAN_NAME = 'openai.chat.completion';

/** Parameters of the request that are kept, with the names they get. */
const REQUEST_PARAMETERS = {
  model: 'gen_ai.request.model',
  temperature: 'gen_ai.request.temperature',
  top_p: 'gen_ai.request.top_p',
  max_tokens: 'gen_ai.request.max_tokens',
  max_completion_tokens: 'gen_ai.request.max_tokens',
  seed: 'gen_ai.request.seed',
  stream: 'gen_ai.request.is_streaming',
} as const;

/**
 * The attributes that record one chat completion, from the JSON of its request and its response. The layout is upstream's, and `TraceToMessages` reads it
 * back:
 *
 * - `gen_ai.prompt.<i>.role`, `.content`, `.name`, `.tool_call_id`, `.refusal`, `.tool_calls.<j>.id`, `.name`, `.arguments`: the messages
 * - `gen_ai.completion.<i>.…`: the same of the answers, with `.finish_reason`
 * - `gen_ai.request.model`, `.temperature`, …, `gen_ai.request.functions.<j>.name`, `.description`, `.parameters` (JSON text)
 * - `gen_ai.response.id`, `gen_ai.response.model`, `gen_ai.usage.prompt_tokens`, `gen_ai.usage.completion_tokens`, and, by OpenTelemetry's
 *   name, `gen_ai.usage.cache_read.input_tokens`
 * - what training reads, where the server sends it: `prompt_token_ids`, `response_token_ids` (of the first answer), `logprobs.content`, `logprobs.refusal`
 *
 * Content in parts becomes its JSON text. Never throws: what does not have the shape of the protocol is left out.
 *
 * @param request - the body that was sent
 * @param response - the body that came back, put together from its chunks if it was streamed; `undefined` if the call failed
 */
export function modelCallAttributes(request: unknown, response?: unknown): SpanAttributes {
  const attributes: Record<string, SpanAttributeValue> = {};
  const put = (key: string, value: unknown): void => {
    const attribute = toAttribute(value);
    if (attribute !== undefined) attributes[key] = attribute;
  };

  const sent = fields(request);
  for (const [parameter, key] of Object.entries(REQUEST_PARAMETERS)) put(key, sent[parameter]);
  for (const [index, message] of items(sent['messages']).entries()) putMessage(`gen_ai.prompt.${index}`, message, put);
  for (const [index, definition] of toolDefinitions(sent).entries()) {
    putToolDefinition(`gen_ai.request.functions.${index}`, definition, put);
  }

  const received = fields(response);
  put('gen_ai.response.id', received['id']);
  put('gen_ai.response.model', received['model']);
  const usage = fields(received['usage']);
  put('gen_ai.usage.prompt_tokens', usage['prompt_tokens']);
  put('gen_ai.usage.completion_tokens', usage['completion_tokens']);
  put('gen_ai.usage.cache_read.input_tokens', fields(usage['prompt_tokens_details'])['cached_tokens']);
  for (const [index, choice] of items(received['choices']).entries()) {
    const prefix = `gen_ai.completion.${index}`;
    putMessage(prefix, fields(choice)['message'], put);
    put(`${prefix}.finish_reason`, fields(choice)['finish_reason']);
  }
  putTokens(received, put);
  return attributes;
}

type Put = (key: string, value: unknown) => void;

function putMessage(prefix: string, message: unknown, put: Put): void {
  const { role, content, name, tool_call_id: toolCallId, refusal, tool_calls: toolCalls } = fields(message);
  put(`${prefix}.role`, role);
  put(`${prefix}.content`, toText(content));
  put(`${prefix}.name`, name);
  put(`${prefix}.tool_call_id`, toolCallId);
  put(`${prefix}.refusal`, refusal);
  for (const [index, call] of items(toolCalls).entries()) {
    const key = `${prefix}.tool_calls.${index}`;
    // A custom tool is called with text where a function is called with JSON.
    const called = fields(fields(call)['function'] ?? fields(call)['custom']);
    put(`${key}.id`, fields(call)['id']);
    put(`${key}.name`, called['name']);
    put(`${key}.arguments`, toText(called['arguments'] ?? called['input']));
  }
}

/** The functions among the tools; before there were tools there was a list of functions. */
function toolDefinitions(request: Fields): Fields[] {
  const functions = items(request['tools']).flatMap((tool) => fields(tool)['function'] ?? []);
  return (functions.length > 0 ? functions : items(request['functions'])).map(fields);
}

function putToolDefinition(prefix: string, definition: Fields, put: Put): void {
  put(`${prefix}.name`, definition['name']);
  put(`${prefix}.description`, definition['description']);
  put(`${prefix}.parameters`, toText(definition['parameters']));
}

function putTokens(response: Fields, put: Put): void {
  const first = fields(items(response['choices'])[0]);
  const responseIds =
    items(response['response_token_ids'])[0] ??
    first['token_ids'] ??
    fields(first['provider_specific_fields'])['token_ids'];
  if (isTokenIds(response['prompt_token_ids'])) put('prompt_token_ids', response['prompt_token_ids']);
  if (isTokenIds(responseIds)) put('response_token_ids', responseIds);
  const logprobs = fields(first['logprobs']);
  put('logprobs.content', toText(logprobs['content']));
  put('logprobs.refusal', toText(logprobs['refusal']));
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTokenIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isSafeInteger(id));
}

/** Strings as they are, other values as JSON; nothing for `null` and what JSON cannot hold. */
function toText(value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  try {
    return JSON.stringify(value);
  } catch {
    // The bodies are JSON where they come from the wire; whoever passes a cycle loses this one value.
    return undefined;
  }
}

function toAttribute(value: unknown): SpanAttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return isTokenIds(value) ? value : undefined;
}
