import { hashOf } from '../deterministic-random.ts';
import { systemFingerprint } from '../labels.ts';
import type { Persona, PersonaReply } from '../personas/persona.ts';
import type { ChatRequest } from './chat-request.ts';
import { formatReplyText } from './response-format.ts';
import {
  estimatePromptTokens,
  estimateTokens,
  estimateToolCallTokens,
  truncateToTokens,
  type Usage,
} from './token-estimate.ts';

/** A tool call as the API writes it. */
interface WireToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** One choice of a completion as the API writes it. */
export interface CompletionChoice {
  readonly index: number;
  readonly message: {
    readonly role: 'assistant';
    readonly content: string | null;
    readonly refusal: string | null;
    readonly tool_calls?: readonly WireToolCall[];
  };
  readonly logprobs: null;
  readonly finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
}

/** A completion as the API writes it. `created` is in whole seconds since the epoch and the one thing that differs between two replies to a body. */
export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage?: Usage;
  readonly system_fingerprint: string;
}

/**
 * The completion that a persona gives. Everything but `created` is a function of the request's meaning (its messages, tools, sampling
 * and format), the persona and the seed; whether it is streamed does not matter.
 * @param seed of the server
 * @param created in seconds since the epoch
 */
export function completeChat(request: ChatRequest, persona: Persona, seed: number, created: number): ChatCompletion {
  const key = replyKey(request, persona, seed);
  const choices = Array.from({ length: request.choices }, (_, index) =>
    buildChoice(persona.reply({ request, seed, key: index === 0 ? key : `${key}-${index}` }), request, index),
  );
  const promptTokens = estimatePromptTokens(request);
  let completionTokens = 0;
  for (const { message } of choices) {
    completionTokens +=
      estimateTokens(message.content ?? '') +
      estimateToolCallTokens(message.tool_calls?.map((call) => ({ id: call.id, ...call.function })) ?? []);
  }
  return {
    id: `chatcmpl-sim-${key}`,
    object: 'chat.completion',
    created,
    model: request.model,
    choices,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
    system_fingerprint: systemFingerprint,
  };
}

/** Names the request by what a reply may depend on, so that an alias, streaming or the order of JSON keys changes nothing. */
function replyKey(request: ChatRequest, persona: Persona, seed: number): string {
  const { messages, tools, temperature, seed: requestSeed } = request;
  return hashOf(persona.name, seed, temperature ?? 1, requestSeed ?? '', tools.length, JSON.stringify(messages))
    .toString(36)
    .padStart(11, '0');
}

function buildChoice(reply: PersonaReply, request: ChatRequest, index: number): CompletionChoice {
  if (reply.toolCalls !== undefined) {
    return {
      index,
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: reply.toolCalls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    };
  }
  const text = cutAtStop(formatReplyText(reply.text, request.responseFormat), request.stop);
  const truncated = request.maxTokens !== undefined && estimateTokens(text) > request.maxTokens;
  return {
    index,
    message: {
      role: 'assistant',
      content: truncated ? truncateToTokens(text, request.maxTokens ?? 0) : text,
      refusal: null,
    },
    logprobs: null,
    finish_reason: truncated ? 'length' : 'stop',
  };
}

function cutAtStop(text: string, stop: readonly string[]): string {
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((position) => position >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
