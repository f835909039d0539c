import {
  type ChatFields,
  type ChatMessage,
  type ChatRecord,
  type ChatTool,
  type ChatToolCall,
  chatFields,
  chatItems,
  chatMessage,
  chatText,
  chatTool,
  chatToolCall,
  parseChatJson,
} from './chat-record.ts';
import type { SpanAttributes } from './span.ts';

/**
 * Reads a model call by OpenTelemetry's current conventions for generative AI: JSON in `gen_ai.system_instructions`, `gen_ai.input.messages`,
 * `gen_ai.output.messages` and `gen_ai.tool.definitions`. Messages in OpenAI's own format, which some proxies put there, are read as well.
 *
 * @returns `undefined` when no messages are recorded
 * @throws DamagedChatError when what is recorded does not make sense
 */
export function readOtelChat(attributes: SpanAttributes): ChatRecord | undefined {
  const list = (key: string): readonly unknown[] => chatItems(parseChatJson(attributes[key], key), key);
  const input = attributes['gen_ai.input.messages'];
  const output = attributes['gen_ai.output.messages'];
  if (input === undefined && output === undefined) return undefined;
  const instructions = list('gen_ai.system_instructions');
  const messages = [...list('gen_ai.input.messages'), ...list('gen_ai.output.messages')].flatMap(readMessage);
  const tools = list('gen_ai.tool.definitions').map(readTool);
  return {
    messages: [
      ...(instructions.length > 0 ? [chatMessage({ role: 'system', content: joinText(instructions) })] : []),
      ...messages,
    ],
    tools: tools.length > 0 ? tools : null,
  };
}

function readMessage(entry: unknown): ChatMessage[] {
  const message = chatFields(entry, 'a message');
  return message['parts'] === undefined ? [readOpenAIMessage(message)] : readPartsMessage(message);
}

function readOpenAIMessage(message: ChatFields): ChatMessage {
  const { role, content, name, refusal, tool_call_id: toolCallId } = message;
  const toolCalls = chatItems(message['tool_calls'], 'tool_calls').map((entry) => {
    const call = chatFields(entry, 'a tool call');
    const { name: called, arguments: args } = chatFields(call['function'] ?? call, 'a tool call');
    return chatToolCall({ id: call['id'], name: called, arguments: args });
  });
  return chatMessage({ role, content, name, refusal, toolCallId, toolCalls });
}

/** One message; or, when it brings results of tools, one for each of them. */
function readPartsMessage(message: ChatFields): ChatMessage[] {
  const parts = chatItems(message['parts'], 'parts').map((part) => chatFields(part, 'a part'));
  const toolCalls: ChatToolCall[] = [];
  const results: ChatMessage[] = [];
  const rest: ChatFields[] = [];
  for (const part of parts) {
    if (part['type'] === 'tool_call') {
      toolCalls.push(chatToolCall({ id: part['id'], name: part['name'], arguments: part['arguments'] }));
    } else if (part['type'] === 'tool_call_response') {
      const content = part['response'] ?? part['result'];
      results.push(chatMessage({ role: 'tool', content, toolCallId: part['id'] }));
    } else if (part['type'] !== 'reasoning') {
      // What the model thought to itself was never part of the conversation.
      rest.push(part);
    }
  }
  if (results.length > 0 && rest.length === 0) return results;
  const content = rest.length > 0 ? joinText(rest) : null;
  return [...results, chatMessage({ role: message['role'], content, name: message['name'], toolCalls })];
}

/** The text of parts that are all text; otherwise their JSON. */
function joinText(parts: readonly unknown[]): string {
  const texts = parts.map((part) => {
    const { type, content } = chatFields(part, 'a part');
    return type === 'text' && typeof content === 'string' ? content : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts.join('\n') : (chatText(parts) ?? '');
}

function readTool(entry: unknown): ChatTool {
  const tool = chatFields(entry, 'a tool');
  return chatTool(tool['function'] === undefined ? tool : chatFields(tool['function'], 'a tool'));
}
