/** One call of a function, as OpenAI's chat format has it. `arguments` is JSON text as the model wrote it, not necessarily valid. */
export interface ChatToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** Who speaks in a {@link ChatMessage}. */
export const CHAT_ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** One of {@link CHAT_ROLES}. */
export type ChatRole = (typeof CHAT_ROLES)[number];

/** One message in OpenAI's chat format, so in its case of letters. */
export interface ChatMessage {
  readonly role: ChatRole;
  /** Content that was given in parts is their JSON text. `null`: the assistant said nothing in words. */
  readonly content: string | null;
  readonly name?: string;
  readonly refusal?: string;
  /** Of an assistant; at least one. */
  readonly tool_calls?: readonly ChatToolCall[];
  /** Of the role `tool`: which call this is the result of. */
  readonly tool_call_id?: string;
}

/** The definition of a function that the model could call. */
export interface ChatTool {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description?: string; readonly parameters?: unknown };
}

/** One model call: the conversation with its answer last, and the tools on offer. A line of OpenAI's fine-tuning format. */
export interface ChatRecord {
  readonly messages: readonly ChatMessage[];
  /** `null` when none were on offer. */
  readonly tools: readonly ChatTool[] | null;
}

/** Thrown inside the readers of recorded chats for a span that does not make sense; such a span yields no record. */
export class DamagedChatError extends Error {
  override name = 'DamagedChatError';
}

/** Any JSON object, as its fields. */
export type ChatFields = Readonly<Record<string, unknown>>;

/** Insists on an object. */
export function chatFields(value: unknown, what: string): ChatFields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ChatFields;
  throw new DamagedChatError(`${what} is not an object`);
}

/** Insists on a list; absent is empty. */
export function chatItems(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new DamagedChatError(`${what} is not a list`);
}

/** Insists on JSON if it is text; anything else is taken for parsed already. */
export function parseChatJson(value: unknown, what: string): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new DamagedChatError(`${what} is not JSON`, { cause: error });
  }
}

/** Content as text: what is not text is written as JSON; `null` when there is none. */
export function chatText(content: unknown): string | null {
  if (content === undefined || content === null) return null;
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** Parts of a message before they are checked. */
export interface ChatMessageParts {
  readonly role: unknown;
  readonly content: unknown;
  readonly name?: unknown;
  readonly refusal?: unknown;
  readonly toolCallId?: unknown;
  readonly toolCalls?: readonly ChatToolCall[];
}

/**
 * Puts a message together.
 * @throws DamagedChatError for an unknown role, or a tool result that does not say which call it belongs to
 */
export function chatMessage({
  role,
  content,
  name,
  refusal,
  toolCallId,
  toolCalls = [],
}: ChatMessageParts): ChatMessage {
  if (!isChatRole(role)) throw new DamagedChatError(`a message has the role ${JSON.stringify(role)}`);
  if (role === 'tool' && typeof toolCallId !== 'string') {
    throw new DamagedChatError('the result of a tool does not say which call it belongs to');
  }
  const isAssistant = role === 'assistant';
  return {
    role,
    content: chatText(content) ?? (isAssistant ? null : ''),
    ...(typeof name === 'string' ? { name } : {}),
    ...(isAssistant && typeof refusal === 'string' ? { refusal } : {}),
    ...(isAssistant && toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(role === 'tool' ? { tool_call_id: toolCallId as string } : {}),
  };
}

/**
 * Puts a call together.
 * @throws DamagedChatError without a name
 */
export function chatToolCall(call: {
  readonly id: unknown;
  readonly name: unknown;
  readonly arguments: unknown;
}): ChatToolCall {
  if (typeof call.name !== 'string') throw new DamagedChatError('a tool call has no name');
  const id = typeof call.id === 'string' ? call.id : '';
  return { id, type: 'function', function: { name: call.name, arguments: chatText(call.arguments) ?? '' } };
}

/**
 * Puts a definition together. `parameters` may be JSON text.
 * @throws DamagedChatError without a name, or with parameters that are not JSON
 */
export function chatTool(tool: ChatFields): ChatTool {
  const { name, description, parameters } = tool;
  if (typeof name !== 'string') throw new DamagedChatError('a tool has no name');
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      ...(parameters === undefined || parameters === null
        ? {}
        : { parameters: parseChatJson(parameters, `the parameters of ${name}`) }),
    },
  };
}

function isChatRole(role: unknown): role is ChatRole {
  return (CHAT_ROLES as readonly unknown[]).includes(role);
}
