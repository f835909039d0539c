import {
  type ChatMessage,
  type ChatRecord,
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
 * Reads a model call as the AI SDK records it: JSON in `ai.prompt.messages` and `ai.response.toolCalls`, text in `ai.response.text`, and a list of JSON
 * texts in `ai.prompt.tools`.
 *
 * @returns `undefined` when no messages are recorded
 * @throws DamagedChatError when what is recorded does not make sense
 */
export function readAISdkChat(attributes: SpanAttributes): ChatRecord | undefined {
  const recorded = attributes['ai.prompt.messages'];
  if (recorded === undefined) return undefined;
  const prompt = chatItems(parseChatJson(recorded, 'ai.prompt.messages'), 'ai.prompt.messages').flatMap(readMessage);
  const tools = chatItems(attributes['ai.prompt.tools'], 'ai.prompt.tools').map((text) => {
    const tool = chatFields(parseChatJson(text, 'a tool'), 'a tool');
    return chatTool({ ...tool, parameters: tool['inputSchema'] ?? tool['parameters'] });
  });
  return { messages: [...prompt, ...readResponse(attributes)], tools: tools.length > 0 ? tools : null };
}

/** The answer, if there was one. */
function readResponse(attributes: SpanAttributes): ChatMessage[] {
  const { 'ai.response.text': text, 'ai.response.toolCalls': recorded } = attributes;
  if (text === undefined && recorded === undefined) return [];
  const key = 'ai.response.toolCalls';
  const toolCalls = chatItems(parseChatJson(recorded, key), key).map(readToolCall);
  return [chatMessage({ role: 'assistant', content: text, toolCalls })];
}

/** One message; or, when it brings results of tools, one for each of them. */
function readMessage(entry: unknown): ChatMessage[] {
  const { role, content } = chatFields(entry, 'a message');
  if (!Array.isArray(content)) return [chatMessage({ role, content })];
  const parts = content.map((part) => chatFields(part, 'a part'));
  if (role === 'tool') {
    return parts.map((part) =>
      chatMessage({ role, content: readToolOutput(part['output'] ?? part['result']), toolCallId: part['toolCallId'] }),
    );
  }
  const toolCalls = parts.filter(({ type }) => type === 'tool-call').map(readToolCall);
  const rest = parts.filter(({ type }) => type !== 'tool-call' && type !== 'reasoning');
  const texts = rest.map(({ type, text }) => (type === 'text' && typeof text === 'string' ? text : undefined));
  const isText = texts.every((text) => text !== undefined);
  return [chatMessage({ role, content: rest.length === 0 ? null : isText ? texts.join('\n') : rest, toolCalls })];
}

function readToolCall(entry: unknown): ChatToolCall {
  const call = chatFields(entry, 'a tool call');
  return chatToolCall({ id: call['toolCallId'], name: call['toolName'], arguments: call['input'] ?? call['args'] });
}

/** Newer versions wrap the output of a tool: `{ "type": "json", "value": … }`. */
function readToolOutput(output: unknown): string {
  const isWrapped = typeof output === 'object' && output !== null && 'type' in output && 'value' in output;
  return chatText(isWrapped ? output.value : output) ?? '';
}
