import type { ChatRequest, ToolCall } from './chat-request.ts';

/** Token counts as the API reports them. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

const charactersPerToken = 4;
const tokensPerMessage = 4;

/** Tokens of a text by the rule of thumb of four characters each, rounded up. No tokenizer is consulted. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/** The longest prefix of `text` that {@link estimateTokens} counts as at most `tokens`. */
export function truncateToTokens(text: string, tokens: number): string {
  return text.slice(0, tokens * charactersPerToken);
}

/** Tokens of a request: each message's text and tool calls, plus 4 a message and the offered tools' names and schemas. */
export function estimatePromptTokens(request: ChatRequest): number {
  let tokens = 0;
  for (const message of request.messages) {
    tokens += tokensPerMessage + estimateTokens(message.content) + estimateToolCallTokens(message.toolCalls);
  }
  for (const tool of request.tools)
    tokens += estimateTokens(tool.name) + estimateTokens(JSON.stringify(tool.parameters));
  return tokens;
}

/** Tokens of tool calls: their names and argument texts. */
export function estimateToolCallTokens(calls: readonly ToolCall[]): number {
  let tokens = 0;
  for (const call of calls) tokens += estimateTokens(call.name) + estimateTokens(call.arguments);
  return tokens;
}
