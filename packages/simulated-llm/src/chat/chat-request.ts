import { isRecord } from '../json-record.ts';
import { ApiError, invalidRequest } from './api-error.ts';
import { checkResponseFormat, type ResponseFormat } from './response-format.ts';

/** A message of the conversation, as the Chat Completions API has it; content parts are joined to one text. */
export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  /** Set on messages of role `tool`. */
  readonly toolCallId?: string;
}

/** A call of a function that the assistant asks for. `arguments` is JSON text. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A function offered by the request. */
export interface ToolDefinition {
  readonly name: string;
  readonly parameters: Record<string, unknown>;
}

/** A checked request for a chat completion. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  /** `required` and a name both make the reply a tool call. */
  readonly toolChoice: 'none' | 'auto' | 'required' | { readonly name: string };
  /** `undefined` when the request does not say: the API's default is 1. */
  readonly temperature: number | undefined;
  readonly seed: number | undefined;
  readonly choices: number;
  readonly stop: readonly string[];
  readonly maxTokens: number | undefined;
  readonly responseFormat: ResponseFormat;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const;

/**
 * Checks a request as the real API does.
 * @throws ApiError 400 that names the parameter at fault
 */
export function parseChatRequest(body: unknown): ChatRequest {
  if (!isRecord(body)) throw new ApiError(400, 'The request body must be a JSON object');
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    throw invalidRequest('model', 'You must provide a model parameter');
  }
  const messages = parseMessages(body['messages']);
  const tools = parseTools(body['tools']);
  const stream = parseBoolean(body, 'stream');
  const streamOptions = body['stream_options'];
  if (streamOptions !== undefined && streamOptions !== null && !stream) {
    throw invalidRequest('stream_options', "The 'stream_options' parameter is only allowed when 'stream' is enabled");
  }
  return {
    model: body['model'],
    messages,
    tools,
    toolChoice: parseToolChoice(body['tool_choice'], tools),
    temperature: parseNumber(body, 'temperature', 0, 2),
    seed: parseInteger(body, 'seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    choices: parseInteger(body, 'n', 1, 128) ?? 1,
    stop: parseStop(body['stop']),
    maxTokens:
      parseInteger(body, 'max_completion_tokens', 1, Number.MAX_SAFE_INTEGER) ??
      parseInteger(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER),
    responseFormat: checkResponseFormat(body['response_format'], messages),
    stream,
    includeUsage: isRecord(streamOptions) && streamOptions['include_usage'] === true,
  };
}

function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value)) throw invalidRequest('messages', "Missing required parameter: 'messages'");
  if (value.length === 0) {
    throw invalidRequest('messages', "Invalid 'messages': empty array. Expected an array with minimum length 1");
  }
  const messages = value.map(parseMessage);
  checkToolCallOrder(messages);
  return messages;
}

function parseMessage(value: unknown, index: number): ChatMessage {
  const path = `messages[${index}]`;
  if (!isRecord(value)) throw invalidRequest(path, `Invalid type for '${path}': expected an object`);
  const role = roles.find((known) => known === value['role']);
  if (role === undefined) {
    throw invalidRequest(
      `${path}.role`,
      `Invalid value: '${String(value['role'])}'. Supported values are: ${roles.join(', ')}`,
    );
  }
  const toolCalls = role === 'assistant' ? parseToolCalls(value['tool_calls'], path) : [];
  const content = parseContent(value['content'], path, role === 'assistant');
  if (role !== 'tool') return { role, content, toolCalls };
  if (typeof value['tool_call_id'] !== 'string') {
    throw invalidRequest(
      `${path}.tool_call_id`,
      `Missing parameter '${path}.tool_call_id': messages with role 'tool' must have one`,
    );
  }
  return { role, content, toolCalls, toolCallId: value['tool_call_id'] };
}

function parseContent(value: unknown, path: string, optional: boolean): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    return value
      .map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
      .join('');
  }
  if (optional && (value === null || value === undefined)) return '';
  throw invalidRequest(
    `${path}.content`,
    `Invalid type for '${path}.content': expected a string or an array of content parts`,
  );
}

function parseToolCalls(value: unknown, path: string): ToolCall[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidRequest(`${path}.tool_calls`, `Invalid '${path}.tool_calls': expected an array with minimum length 1`);
  }
  return value.map((call: unknown, index) => {
    const wanted = isRecord(call) && isRecord(call['function']) ? call['function'] : undefined;
    if (
      !isRecord(call) ||
      typeof call['id'] !== 'string' ||
      typeof wanted?.['name'] !== 'string' ||
      typeof wanted['arguments'] !== 'string'
    ) {
      throw invalidRequest(
        `${path}.tool_calls[${index}]`,
        `Invalid '${path}.tool_calls[${index}]': expected id and function with name and arguments`,
      );
    }
    return { id: call['id'], name: wanted['name'], arguments: wanted['arguments'] };
  });
}

/** Each tool call is answered by the messages right after it, and nothing else is. */
function checkToolCallOrder(messages: readonly ChatMessage[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.toolCallId ?? '')) {
        throw invalidRequest(
          `messages[${index}].role`,
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
        );
      }
      continue;
    }
    requireAnswered(open);
    open = new Set(message.toolCalls.map((call) => call.id));
  }
  requireAnswered(open);
}

function requireAnswered(open: ReadonlySet<string>): void {
  if (open.size === 0) return;
  throw invalidRequest(
    'messages',
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
  );
}

function parseTools(value: unknown): ToolDefinition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidRequest('tools', "Invalid 'tools': expected an array with minimum length 1");
  }
  return value.map((tool: unknown, index) => {
    const definition =
      isRecord(tool) && tool['type'] === 'function' && isRecord(tool['function']) ? tool['function'] : undefined;
    if (definition === undefined)
      throw invalidRequest(`tools[${index}].type`, `Invalid 'tools[${index}]': expected type 'function'`);
    const { name, parameters } = definition;
    if (typeof name !== 'string' || !/^[\w-]{1,64}$/.test(name)) {
      throw invalidRequest(
        `tools[${index}].function.name`,
        `Invalid 'tools[${index}].function.name': expected 1 to 64 of a-z, A-Z, 0-9, _ and -`,
      );
    }
    if (parameters !== undefined && (!isRecord(parameters) || (parameters['type'] ?? 'object') !== 'object')) {
      throw invalidRequest(
        `tools[${index}].function.parameters`,
        `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'`,
        'invalid_function_parameters',
      );
    }
    return { name, parameters: parameters ?? {} };
  });
}

function parseToolChoice(value: unknown, tools: readonly ToolDefinition[]): ChatRequest['toolChoice'] {
  if (value === undefined || value === null) return tools.length > 0 ? 'auto' : 'none';
  if (tools.length === 0)
    throw invalidRequest('tool_choice', "'tool_choice' is only allowed when 'tools' are specified");
  if (value === 'none' || value === 'auto' || value === 'required') return value;
  const name = isRecord(value) && isRecord(value['function']) ? value['function']['name'] : undefined;
  if (typeof name !== 'string' || !tools.some((tool) => tool.name === name)) {
    throw invalidRequest(
      'tool_choice',
      `Invalid value for 'tool_choice': no tool named '${String(name)}' is specified in 'tools'`,
    );
  }
  return { name };
}

function parseStop(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 4 || !list.every((item) => typeof item === 'string')) {
    throw invalidRequest('stop', "Invalid 'stop': expected a string or an array of at most 4 strings");
  }
  return list.filter((item) => item !== '');
}

function parseBoolean(body: Record<string, unknown>, name: string): boolean {
  const value = body[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalidRequest(name, `Invalid type for '${name}': expected a boolean`);
  return value;
}

function parseNumber(body: Record<string, unknown>, name: string, min: number, max: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number')
    throw invalidRequest(name, `Invalid type for '${name}': expected a number`, 'invalid_type');
  if (value < min)
    throw invalidRequest(
      name,
      `Invalid '${name}': expected a value >= ${min}, but got ${value} instead`,
      'decimal_below_min_value',
    );
  if (value > max)
    throw invalidRequest(
      name,
      `Invalid '${name}': expected a value <= ${max}, but got ${value} instead`,
      'decimal_above_max_value',
    );
  return value;
}

function parseInteger(body: Record<string, unknown>, name: string, min: number, max: number): number | undefined {
  const value = parseNumber(body, name, min, max);
  if (value !== undefined && !Number.isInteger(value))
    throw invalidRequest(name, `Invalid type for '${name}': expected an integer`, 'invalid_type');
  return value;
}
