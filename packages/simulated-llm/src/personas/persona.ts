import type { ChatRequest, ToolCall } from '../chat/chat-request.ts';

/** What a persona plays: the agent's model, or one of the two that optimise its prompt. */
export type PersonaKind = 'agent' | 'critic' | 'editor';

/** What a persona may look at: the request, the server's seed, and a key drawn from both, for its choices. */
export interface PersonaInput {
  readonly request: ChatRequest;
  readonly seed: number;
  readonly key: string;
}

/** A text, or tool calls instead of one. */
export type PersonaReply =
  | { readonly text: string; readonly toolCalls?: undefined }
  | { readonly text?: undefined; readonly toolCalls: readonly ToolCall[] };

/** A simulated model: a pure function from a request to a reply, under the name that requests ask for. */
export interface Persona {
  readonly name: string;
  readonly kind: PersonaKind;
  /** Refuses any `temperature` but 1, as reasoning models do. */
  readonly fixedTemperature?: boolean;
  reply(input: PersonaInput): PersonaReply;
}
