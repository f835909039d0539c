import type { TraceAdapter } from './adapter.ts';
import { readAISdkChat } from './ai-sdk-chat.ts';
import { type ChatRecord, type ChatToolCall, chatToolCall, DamagedChatError } from './chat-record.ts';
import { readIndexedChat } from './indexed-chat.ts';
import { readOtelChat } from './otel-chat.ts';
import type { Span } from './span.ts';

/**
 * Turns the model calls of an attempt into chat records: the messages sent, the answers, and the tools on offer. One record per span that records
 * a model call, in the given order, whatever the spans are called.
 *
 * Reads the indexed `gen_ai.prompt.<i>` layout, OpenTelemetry's JSON messages, and the spans of the AI SDK, in this order of preference. Tool calls come from
 * child spans with `tool.*` attributes, or else from the answer itself. A damaged span yields no record and never harms the others.
 *
 * Mirrors upstream `TraceToMessages` (v0.3.0), which reads the first layout and tool calls from child spans only, fails on damaged spans, and drops what an
 * assistant said while it called tools.
 */
export class TraceToMessages implements TraceAdapter<ChatRecord[]> {
  adapt(spans: readonly Span[]): ChatRecord[] {
    return readModelCalls(spans).map(({ chat }) => chat);
  }
}

/** A span that records a model call, and what it records. */
export interface ReadModelCall<S extends SpanOfChat = Span> {
  readonly span: S;
  readonly chat: ChatRecord;
}

/** What {@link readModelCalls} reads of a span. */
export type SpanOfChat = Pick<Span, 'spanId' | 'parentId' | 'attributes'>;

/** The model calls of an attempt with the spans that record them, as {@link TraceToMessages} reads them. */
export function readModelCalls<S extends SpanOfChat>(spans: readonly S[]): ReadModelCall<S>[] {
  const toolCalls = toolCallsByParent(spans);
  return spans.flatMap((span) => {
    try {
      const chat = readChat(span, toolCalls.get(span.spanId) ?? []);
      return chat === undefined ? [] : [{ span, chat }];
    } catch (error) {
      // Whoever recorded this span broke it, or nested it deeper than the stack (RangeError): the conversation it tells of cannot be told.
      if (error instanceof DamagedChatError || error instanceof RangeError) return [];
      throw error;
    }
  });
}

/** The layout in which messages are recorded wins; a call without any is still one in the indexed layout. */
function readChat(span: SpanOfChat, toolCalls: readonly ChatToolCall[]): ChatRecord | undefined {
  const indexed = readIndexedChat(span.attributes, toolCalls);
  if (indexed !== undefined && indexed.messages.length > 0) return indexed;
  return readOtelChat(span.attributes) ?? readAISdkChat(span.attributes) ?? indexed;
}

/** The tool calls that are recorded as spans, by the span they are children of. Spans that only look like one are passed over. */
function toolCallsByParent(spans: readonly SpanOfChat[]): Map<string, ChatToolCall[]> {
  const calls = new Map<string, ChatToolCall[]>();
  for (const { parentId, attributes } of spans) {
    const { 'tool.call.id': id, 'tool.name': name, 'tool.parameters': parameters } = attributes;
    if (parentId === null || typeof id !== 'string' || typeof name !== 'string') continue;
    const siblings = calls.get(parentId) ?? [];
    siblings.push(chatToolCall({ id, name, arguments: parameters }));
    calls.set(parentId, siblings);
  }
  return calls;
}
