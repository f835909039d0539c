import {
  type Json,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
  type Span,
  type TaskOutcome,
  type TraceAdapter,
} from '@agentlightning/core';
import { fitStrings } from './fit-strings.ts';

/** A conversation with a model: what was sent and, last, what it answered. `TraceToMessages` finds one per model call. */
export interface Conversation {
  readonly messages: readonly unknown[];
}

/** How experiments are shown. */
export interface ExperimentFormat {
  readonly adapter: TraceAdapter<readonly Conversation[]>;
  /** Of all experiments together. */
  readonly maxCharacters: number;
  /** Whether spans that are not model calls are shown too. */
  readonly showsOperations: boolean;
}

/** Messages of a rollout that are shown: these many from its start, and these many from its end. */
const FIRST_MESSAGES = 10;
const LAST_MESSAGES = 50;

/**
 * Rollouts as the critic reads them: JSON between `<experiment>` and `</experiment>`, one after the other. Each has `status`, `reward`, `feedback` and
 * `messages`, those of the chat API in order; `error` when it failed, and `operations` when they are asked for. Nothing in it tells
 * which task or rollout it was.
 */
export async function renderExperiments(
  outcomes: readonly TaskOutcome<unknown>[],
  { adapter, maxCharacters, showsOperations }: ExperimentFormat,
): Promise<string> {
  const share = Math.floor(maxCharacters / Math.max(1, outcomes.length));
  const experiments = outcomes.map(async (outcome) => {
    const spans = await outcome.trace();
    const experiment = {
      status: outcome.status,
      reward: outcome.reward,
      feedback: outcome.feedback,
      ...(outcome.error === null ? {} : { error: outcome.error }),
      messages: shorten(joinConversations(adapter.adapt(spans))),
      ...(showsOperations ? { operations: spans.flatMap(operationOf) } : {}),
    };
    return `<experiment>\n${toSafeJson(fitStrings(asJson(experiment), share))}\n</experiment>`;
  });
  return (await Promise.all(experiments)).join('\n');
}

/**
 * The messages of several model calls without repetition: a call that goes on from an earlier one (same messages, then more) replaces it;
 * conversations that have nothing in common follow one another.
 */
export function joinConversations(conversations: readonly Conversation[]): unknown[] {
  const threads: { messages: readonly unknown[]; keys: readonly string[] }[] = [];
  for (const { messages } of conversations) {
    const keys = messages.map(messageKey);
    const earlier = threads.findIndex((thread) => thread.keys.every((key, index) => key === keys[index]));
    if (earlier < 0) threads.push({ messages, keys });
    else threads[earlier] = { messages, keys };
  }
  return threads.flatMap((thread) => thread.messages);
}

/** What makes two messages the same, whatever their fields' order, and whether a field is null or absent. */
function messageKey(message: unknown): string {
  if (typeof message !== 'object' || message === null) return JSON.stringify(message);
  const { role, content, tool_calls: toolCalls, tool_call_id: toolCallId } = message as Record<string, unknown>;
  return JSON.stringify([role ?? null, content ?? '', toolCalls ?? null, toolCallId ?? null]);
}

function shorten(messages: readonly unknown[]): readonly unknown[] {
  const left = messages.length - FIRST_MESSAGES - LAST_MESSAGES;
  if (left <= 0) return messages;
  const note = { role: 'system', content: `[…${left} messages left out…]` };
  return [...messages.slice(0, FIRST_MESSAGES), note, ...messages.slice(-LAST_MESSAGES)];
}

const OWN_ATTRIBUTES: readonly string[] = Object.values(RESOURCE_ATTRIBUTES);

/** A span as an operation of the agent; nothing for model calls and rewards, which are shown already. */
function operationOf({ name, status, attributes }: Span): object[] {
  const names = Object.keys(attributes);
  const isShown = names.some((key) => key.startsWith('gen_ai.') || key.startsWith(SPAN_ATTRIBUTES.reward));
  if (isShown) return [];
  return [
    {
      name,
      ...(status.statusCode === 'ERROR' ? { error: status.description ?? 'failed' } : {}),
      attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => !OWN_ATTRIBUTES.includes(key))),
    },
  ];
}

/** Messages come out of recorded spans, so they are JSON already, but for `undefined` fields. */
function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** JSON in which no text can end the block it stands in: `</` is written `<\/`, which reads the same. */
function toSafeJson(value: Json): string {
  return JSON.stringify(value).replaceAll('</', '<\\/');
}
