import { type AttributeLeaf, type AttributeTree, buildAttributeTree, entriesBelow } from './attribute-tree.ts';
import {
  type ChatFields,
  type ChatMessage,
  type ChatRecord,
  type ChatToolCall,
  chatFields,
  chatItems,
  chatMessage,
  chatTool,
  chatToolCall,
} from './chat-record.ts';
import type { SpanAttributes } from './span.ts';

/**
 * Reads a model call in the indexed layout (`gen_ai.prompt.<i>.role`, …) that upstream's tracers, its proxy and `modelCallAttributes()` write.
 *
 * @param childCalls - tool calls recorded as child spans. They go with every answer; without them, the calls recorded on each answer itself
 * @returns `undefined` when nothing of a model call is recorded
 * @throws DamagedChatError when what is recorded does not make sense
 */
export function readIndexedChat(
  attributes: SpanAttributes,
  childCalls: readonly ChatToolCall[],
): ChatRecord | undefined {
  const prompts = chatItems(group(attributes, 'gen_ai.prompt'), 'gen_ai.prompt');
  const completions = chatItems(group(attributes, 'gen_ai.completion'), 'gen_ai.completion');
  const request = group(attributes, 'gen_ai.request');
  const response = group(attributes, 'gen_ai.response');
  if (prompts.length === 0 && completions.length === 0 && request === undefined && response === undefined)
    return undefined;
  if (response !== undefined) chatFields(response, 'gen_ai.response');
  const functions = request === undefined ? undefined : chatFields(request, 'gen_ai.request')['functions'];
  const tools = chatItems(functions, 'gen_ai.request.functions').map((tool) => chatTool(chatFields(tool, 'a tool')));
  return {
    messages: [...prompts.map(readPrompt), ...completions.flatMap((entry) => readCompletion(entry, childCalls))],
    tools: tools.length > 0 ? tools : null,
  };
}

function readPrompt(entry: unknown): ChatMessage {
  const message = chatFields(entry, 'a prompt');
  const toolCalls = message['role'] === 'assistant' ? readToolCalls(message) : [];
  // A message of an assistant that only calls tools has no content; any other without content is empty.
  const content = message['content'] ?? (toolCalls.length > 0 || message['refusal'] !== undefined ? null : '');
  return readMessage(message, content, toolCalls);
}

function readCompletion(entry: unknown, childCalls: readonly ChatToolCall[]): ChatMessage[] {
  const message = chatFields(entry, 'a completion');
  if (message['role'] !== 'assistant') return [];
  const toolCalls = childCalls.length > 0 ? childCalls : readToolCalls(message);
  return [readMessage(message, message['content'], toolCalls)];
}

function readMessage(message: ChatFields, content: unknown, toolCalls: readonly ChatToolCall[]): ChatMessage {
  const { role, name, refusal, tool_call_id: toolCallId } = message;
  return chatMessage({ role, content, name, refusal, toolCallId, toolCalls });
}

function readToolCalls(message: ChatFields): ChatToolCall[] {
  const calls = chatItems(message['tool_calls'], 'tool_calls').map((call) => chatFields(call, 'a tool call'));
  const { function_call: single } = message;
  // Proxies write a lone call in the form that came before tools, which has no id.
  if (calls.length === 0 && single !== undefined) calls.push(chatFields(single, 'function_call'));
  return calls.map(({ id, name, arguments: args }) => chatToolCall({ id, name, arguments: args }));
}

/**
 * What is recorded below a prefix, `undefined` if nothing is. Unlike `filterAndUnflatten()`, and like upstream's adapter, a level with any index is a list:
 * in numeric order, gaps closed, other keys dropped.
 */
function group(attributes: SpanAttributes, prefix: string): unknown {
  const tree = buildAttributeTree(entriesBelow(attributes, prefix));
  return tree.size === 0 ? undefined : collapse(tree);
}

function collapse(level: AttributeTree): unknown {
  const indices = [...level.keys()].filter((key) => /^\d+$/.test(key));
  if (indices.length > 0) {
    return indices.toSorted((a, b) => Number(a) - Number(b)).map((index) => collapseEntry(level.get(index)!));
  }
  return Object.fromEntries([...level].map(([key, entry]) => [key, collapseEntry(entry)]));
}

function collapseEntry(entry: AttributeTree | AttributeLeaf): unknown {
  return entry instanceof Map ? collapse(entry) : entry.value;
}
