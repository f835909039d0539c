/** Tokens that one model call took. */
export interface TokenUsage {
  /** All of the request, those from the provider's cache included. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** How many of the prompt's tokens came from the provider's cache, which often costs less. Default 0. */
  readonly cachedPromptTokens?: number;
}

/**
 * What is known of a model call before it is made: a budget holds its place by it until the reply says what it took. All of it may be left
 * out; a budget in dollars needs the model.
 */
export interface ModelCallRequest<V = unknown> {
  /** The model that is asked for, whose price counts. */
  readonly model?: string;
  /** An estimate, see {@link estimateTokens}. Default 0. */
  readonly promptTokens?: number;
  /** At most how many tokens may come back, where the request says so. Default {@link ASSUMED_COMPLETION_TOKENS}. */
  readonly maxCompletionTokens?: number;
  /** What the reply says that it took; `undefined` if it does not say. Default: what OpenAI's replies have in `usage`. */
  usage?(reply: V): TokenUsage | undefined;
}

/** How many tokens a reply is taken to have, until it is there, when its request sets no limit. */
export const ASSUMED_COMPLETION_TOKENS = 4096;

/**
 * How many tokens a text is at most, roughly: one for each three bytes of UTF-8. English has about four bytes to a token, Chinese about three; so it
 * is rather too many than too few.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / 3);
}

/** The `usage` of a chat completion, an answer, or an embedding of an OpenAI-compatible endpoint; `undefined` if the reply has none. */
export function openAiUsage(reply: unknown): TokenUsage | undefined {
  const usage = fields(fields(reply)['usage']);
  const promptTokens = count(usage['prompt_tokens']) ?? count(usage['input_tokens']);
  const completionTokens = count(usage['completion_tokens']) ?? count(usage['output_tokens']);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  const details = fields(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  return {
    promptTokens: promptTokens ?? 0,
    completionTokens: completionTokens ?? 0,
    cachedPromptTokens: count(details['cached_tokens']) ?? 0,
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
