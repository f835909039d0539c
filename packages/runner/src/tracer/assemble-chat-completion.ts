import { isObject, type JsonObject } from './json-object.ts';

/** A streamed chat completion, put together. */
export interface AssembledCompletion {
  /** In the shape of a completion that was not streamed; only fields that some chunk had. */
  readonly completion: JsonObject;
  /** Whether every choice that began has ended (`finish_reason`). */
  readonly finished: boolean;
}

interface ToolCall {
  id?: unknown;
  type: unknown;
  name: string;
  arguments: string;
}

interface Choice {
  role: unknown;
  /** Text fields of the message, each put together from its pieces; `null` until a piece came. */
  readonly texts: Map<string, string>;
  readonly toolCalls: Map<number, ToolCall>;
  functionCall: ToolCall | undefined;
  finishReason: unknown;
  readonly logprobs: Map<string, unknown[]>;
  readonly tokenIds: unknown[];
}

/** `refusal` is OpenAI's; the reasoning of the model goes by two names among compatible servers. */
const TEXT_FIELDS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;

/**
 * Puts the chunks of a streamed chat completion together, as OpenAI's API reference describes `chat.completion.chunk`: texts and
 * arguments are appended, tool calls and choices are kept apart by their `index`, the last `usage` counts. Chunks of other shapes are
 * passed over. `undefined` when no chunk was of use.
 */
export function assembleChatCompletion(chunks: readonly unknown[]): AssembledCompletion | undefined {
  const choices = new Map<number, Choice>();
  let head: JsonObject | undefined;
  let usage: unknown;
  for (const chunk of chunks) {
    if (!isObject(chunk) || !Array.isArray(chunk['choices'])) continue;
    head ??= chunk;
    if (isObject(chunk['usage'])) usage = chunk['usage'];
    for (const choice of chunk['choices']) if (isObject(choice)) addToChoice(choices, choice);
  }
  if (head === undefined) return undefined;
  const { choices: _first, usage: _none, ...rest } = head;
  const ordered = [...choices].sort(([a], [b]) => a - b);
  return {
    completion: {
      ...rest,
      object: 'chat.completion',
      choices: ordered.map(([index, choice]) => wholeChoice(index, choice)),
      ...(usage === undefined ? {} : { usage }),
    },
    finished: ordered.length > 0 && ordered.every(([, choice]) => typeof choice.finishReason === 'string'),
  };
}

function addToChoice(choices: Map<number, Choice>, piece: JsonObject): void {
  const choice = entry(choices, indexOf(piece), newChoice);
  if (typeof piece['finish_reason'] === 'string') choice.finishReason = piece['finish_reason'];
  if (Array.isArray(piece['token_ids'])) choice.tokenIds.push(...(piece['token_ids'] as unknown[]));
  if (isObject(piece['logprobs'])) addLogprobs(choice, piece['logprobs']);
  const delta = piece['delta'];
  if (!isObject(delta)) return;
  if (typeof delta['role'] === 'string') choice.role = delta['role'];
  for (const field of TEXT_FIELDS) {
    const text = delta[field];
    if (typeof text === 'string') choice.texts.set(field, (choice.texts.get(field) ?? '') + text);
  }
  if (isObject(delta['function_call'])) {
    choice.functionCall ??= newToolCall();
    addToCall(choice.functionCall, delta['function_call']);
  }
  if (!Array.isArray(delta['tool_calls'])) return;
  for (const call of delta['tool_calls']) {
    if (isObject(call)) addToToolCall(entry(choice.toolCalls, indexOf(call), newToolCall), call);
  }
}

function addLogprobs(choice: Choice, logprobs: JsonObject): void {
  for (const field of ['content', 'refusal']) {
    const tokens = logprobs[field];
    if (Array.isArray(tokens)) entry(choice.logprobs, field, () => []).push(...(tokens as unknown[]));
  }
}

function addToToolCall(call: ToolCall, piece: JsonObject): void {
  if (typeof piece['id'] === 'string' && piece['id'] !== '') call.id = piece['id'];
  if (typeof piece['type'] === 'string' && piece['type'] !== '') call.type = piece['type'];
  if (isObject(piece['function'])) addToCall(call, piece['function']);
}

function addToCall(call: ToolCall, piece: JsonObject): void {
  if (typeof piece['name'] === 'string') call.name += piece['name'];
  if (typeof piece['arguments'] === 'string') call.arguments += piece['arguments'];
}

function wholeChoice(index: number, choice: Choice): JsonObject {
  const toolCalls = [...choice.toolCalls].sort(([a], [b]) => a - b).map(([, call]) => wholeToolCall(call));
  return {
    index,
    message: {
      role: choice.role,
      content: null,
      ...Object.fromEntries(choice.texts),
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
      ...(choice.functionCall === undefined
        ? {}
        : { function_call: { name: choice.functionCall.name, arguments: choice.functionCall.arguments } }),
    },
    finish_reason: choice.finishReason,
    ...(choice.logprobs.size > 0 ? { logprobs: Object.fromEntries(choice.logprobs) } : {}),
    ...(choice.tokenIds.length > 0 ? { token_ids: choice.tokenIds } : {}),
  };
}

function wholeToolCall(call: ToolCall): JsonObject {
  return { id: call.id, type: call.type, function: { name: call.name, arguments: call.arguments } };
}

const newChoice = (): Choice => ({
  role: 'assistant',
  texts: new Map(),
  toolCalls: new Map(),
  functionCall: undefined,
  finishReason: null,
  logprobs: new Map(),
  tokenIds: [],
});

const newToolCall = (): ToolCall => ({ type: 'function', name: '', arguments: '' });

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function indexOf(piece: JsonObject): number {
  return typeof piece['index'] === 'number' ? piece['index'] : 0;
}
