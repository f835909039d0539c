import type { AssembledCompletion } from './assemble-chat-completion.ts';
import { isObject, type JsonObject } from './json-object.ts';
import type { ModelEndpoint } from './model-endpoint.ts';

/**
 * OpenAI's Responses API, read as chat completions, so that one adapter understands both: instructions become a system message, calls of
 * functions and their outputs become tool calls and tool messages. What has no counterpart (reasoning, tools that run at the provider, a
 * conversation kept there) is left out.
 */
export const responsesEndpoint: ModelEndpoint = {
  path: /\/responses\/?$/,
  readRequest(body) {
    const { input, instructions, model, tools } = body;
    if (typeof input !== 'string' && !Array.isArray(input)) return undefined;
    return {
      model,
      temperature: body['temperature'],
      top_p: body['top_p'],
      max_tokens: body['max_output_tokens'],
      stream: body['stream'],
      messages: [
        ...(typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []),
        ...(typeof input === 'string' ? [{ role: 'user', content: input }] : messagesOf(input.filter(isObject))),
      ],
      tools: Array.isArray(tools)
        ? tools.filter(isFunctionTool).map((tool) => ({ type: 'function', function: tool }))
        : [],
    };
  },
  readDocument: completionOf,
  readStream: assembleResponse,
};

function messagesOf(items: readonly JsonObject[]): JsonObject[] {
  const messages: JsonObject[] = [];
  let calls: JsonObject[] | undefined;
  for (const item of items) {
    if (item['type'] === 'function_call') {
      // Calls that follow each other were made by one answer.
      if (calls === undefined) {
        calls = [];
        messages.push({ role: 'assistant', tool_calls: calls });
      }
      calls.push(toolCallOf(item));
      continue;
    }
    calls = undefined;
    if (item['type'] === 'function_call_output') {
      messages.push({ role: 'tool', tool_call_id: item['call_id'], content: textOf(item['output']) });
    } else if (typeof item['role'] === 'string') {
      messages.push({ role: item['role'], content: textOf(item['content']) });
    }
  }
  return messages;
}

function completionOf(response: JsonObject): JsonObject {
  const output = Array.isArray(response['output']) ? response['output'].filter(isObject) : [];
  const texts = output.filter(({ type }) => type === 'message').map(({ content }) => textOf(content));
  const calls = output.filter(({ type }) => type === 'function_call').map(toolCallOf);
  const usage = isObject(response['usage']) ? response['usage'] : {};
  return {
    id: response['id'],
    model: response['model'],
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: texts.length === 0 ? null : texts.every((text) => typeof text === 'string') ? texts.join('') : texts,
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
        finish_reason: finishReasonOf(response, calls.length > 0),
      },
    ],
    usage: { prompt_tokens: usage['input_tokens'], completion_tokens: usage['output_tokens'] },
  };
}

function finishReasonOf(response: JsonObject, hasCalls: boolean): string | null {
  if (response['status'] === 'completed') return hasCalls ? 'tool_calls' : 'stop';
  const details = response['incomplete_details'];
  const reason = isObject(details) ? details['reason'] : undefined;
  if (typeof reason !== 'string') return null;
  return reason === 'max_output_tokens' ? 'length' : reason;
}

/** The last event of a stream carries the whole response; until it came, it is put together from what was said of its items. */
function assembleResponse(events: readonly unknown[]): AssembledCompletion | undefined {
  let response: JsonObject | undefined;
  const items = new Map<unknown, JsonObject>();
  for (const event of events) {
    if (!isObject(event)) continue;
    if (isObject(event['response'])) response = event['response'];
    if (TERMINAL_EVENTS.includes(event['type'])) return { completion: completionOf(response ?? {}), finished: true };
    addToItems(items, event);
  }
  if (response === undefined) return undefined;
  return { completion: completionOf({ ...response, output: [...items.values()] }), finished: false };
}

const TERMINAL_EVENTS: readonly unknown[] = ['response.completed', 'response.incomplete', 'response.failed'];

function addToItems(items: Map<unknown, JsonObject>, event: JsonObject): void {
  const { type, output_index: index, item, delta } = event;
  if ((type === 'response.output_item.added' || type === 'response.output_item.done') && isObject(item)) {
    items.set(index, item);
  } else if (type === 'response.output_text.delta' && typeof delta === 'string') {
    const before = textOf(items.get(index)?.['content']);
    items.set(index, { type: 'message', content: (typeof before === 'string' ? before : '') + delta });
  } else if (type === 'response.function_call_arguments.delta' && typeof delta === 'string') {
    const call = items.get(index) ?? { type: 'function_call' };
    const before = call['arguments'];
    items.set(index, { ...call, arguments: (typeof before === 'string' ? before : '') + delta });
  }
}

function toolCallOf({ call_id: id, name, arguments: args }: JsonObject): JsonObject {
  return { id, type: 'function', function: { name, arguments: args } };
}

/** The text of content whose parts are all text; other content as it is. */
function textOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  const texts = content.map((part) => (isObject(part) ? (part['text'] ?? part['refusal']) : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('') : content;
}

function isFunctionTool(tool: unknown): boolean {
  return isObject(tool) && tool['type'] === 'function';
}
