import { type ChatMessage, type ChatTool, isModelCallSpan, readModelCalls, sumUsage } from '@agentlightning/core/span';
import type { PageSpan } from '../store/records.ts';

/** One call of a model, as a part of the conversation of an attempt. */
export interface ConversationCall {
  readonly span: PageSpan;
  /** That was asked for, or else that answered; `null` where the span names none. */
  readonly model: string | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Seconds; `null` while it has not ended, or nobody knows. */
  readonly latency: number | null;
  /** `null` where what is recorded cannot be read as a conversation. */
  readonly messages: readonly ChatMessage[] | null;
  /** How many of the messages the call before it had as well, at its beginning. */
  readonly repeated: number;
  readonly tools: readonly ChatTool[];
}

/** The model calls of an attempt, in the given order of its spans: who said what, in any of the ways in which tracers record it. */
export function conversationOf(spans: readonly PageSpan[]): readonly ConversationCall[] {
  const chats = new Map(readModelCalls(spans).map(({ span, chat }) => [span, chat]));
  const calls: ConversationCall[] = [];
  for (const span of spans) {
    const chat = chats.get(span);
    const isCall = isModelCallSpan(span);
    if (!isCall && (chat === undefined || chat.messages.length === 0)) continue;
    const usage = sumUsage([span]);
    const messages = chat?.messages ?? null;
    calls.push({
      span,
      model: modelOf(span),
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      latency: span.startTime === null || span.endTime === null ? null : Math.max(0, span.endTime - span.startTime),
      messages,
      repeated: messages === null ? 0 : repeatedFrom(calls.at(-1)?.messages ?? [], messages),
      tools: chat?.tools ?? [],
    });
  }
  return calls;
}

function modelOf({ attributes }: PageSpan): string | null {
  const names = [attributes['gen_ai.request.model'], attributes['gen_ai.response.model'], attributes['ai.model.id']];
  return (names.find((name) => typeof name === 'string' && name !== '') as string | undefined) ?? null;
}

/** Agents send the whole conversation each time. The last message is new, whatever it says. */
function repeatedFrom(before: readonly ChatMessage[], messages: readonly ChatMessage[]): number {
  const most = Math.min(before.length, messages.length - 1);
  let same = 0;
  while (same < most && JSON.stringify(before[same]) === JSON.stringify(messages[same])) same += 1;
  return same;
}
