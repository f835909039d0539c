import type { Usage } from '../algorithm/algorithm-context.ts';
import type { Span } from './span.ts';

/** The operations of OpenTelemetry's conventions that are no model calls, though their spans carry the usage of the calls within. */
const OTHER_OPERATIONS: ReadonlySet<unknown> = new Set([
  'invoke_agent',
  'create_agent',
  'execute_tool',
  'invoke_workflow',
]);

/** Token counts under OpenTelemetry's current names, and under the older ones. */
const PROMPT_TOKENS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'] as const;
const COMPLETION_TOKENS = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'] as const;
const CACHED_TOKENS = ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'] as const;

/** Whether a span records one call of a model: it names the model asked for, the response, or tokens used. */
export function isModelCallSpan(span: Pick<Span, 'attributes'>): boolean {
  const { attributes } = span;
  if (OTHER_OPERATIONS.has(attributes['gen_ai.operation.name'])) return false;
  return (
    attributes['gen_ai.request.model'] !== undefined ||
    attributes['gen_ai.response.id'] !== undefined ||
    [...PROMPT_TOKENS, ...COMPLETION_TOKENS].some((key) => attributes[key] !== undefined)
  );
}

/** What one model was called for, by the spans of its calls. */
export interface ModelUsage extends Usage {
  /** The model that was asked for; `unknown` if no span names one. */
  readonly model: string;
  /** How many of the prompts' tokens came from the provider's cache. */
  readonly cachedPromptTokens: number;
  /** Calls that were answered and whose spans say nothing of tokens. */
  readonly callsWithoutTokens: number;
}

/**
 * Model calls and tokens in these spans. Spans with the same response id are one call, seen by several instruments; its counts are the largest
 * seen. A call without token counts adds none.
 */
export function sumUsage(spans: readonly SpanOfCall[]): Usage {
  const calls = modelCalls(spans);
  return {
    modelCalls: calls.length,
    promptTokens: calls.reduce((sum, { prompt }) => sum + prompt, 0),
    completionTokens: calls.reduce((sum, { completion }) => sum + completion, 0),
  };
}

/** As {@link sumUsage}, for each model by itself, in the order in which they were first called. */
export function usageByModel(spans: readonly SpanOfCall[]): ModelUsage[] {
  const usages = new Map<string, ModelUsage>();
  for (const { model = 'unknown', prompt, completion, cached, hasFailed } of modelCalls(spans)) {
    const before = usages.get(model);
    usages.set(model, {
      model,
      modelCalls: (before?.modelCalls ?? 0) + 1,
      promptTokens: (before?.promptTokens ?? 0) + prompt,
      completionTokens: (before?.completionTokens ?? 0) + completion,
      cachedPromptTokens: (before?.cachedPromptTokens ?? 0) + cached,
      callsWithoutTokens: (before?.callsWithoutTokens ?? 0) + Number(prompt + completion === 0 && !hasFailed),
    });
  }
  return [...usages.values()];
}

interface SeenCall {
  readonly model: string | undefined;
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly hasFailed: boolean;
}

type SpanOfCall = Pick<Span, 'attributes' | 'spanId'> & Partial<Pick<Span, 'status'>>;

function modelCalls(spans: readonly SpanOfCall[]): SeenCall[] {
  const calls = new Map<string, SeenCall>();
  for (const span of spans) {
    if (!isModelCallSpan(span)) continue;
    const responseId = span.attributes['gen_ai.response.id'];
    const key = typeof responseId === 'string' && responseId !== '' ? `response ${responseId}` : `span ${span.spanId}`;
    const call = calls.get(key);
    calls.set(key, {
      model: call?.model ?? modelOf(span),
      prompt: Math.max(call?.prompt ?? 0, tokens(span, PROMPT_TOKENS)),
      completion: Math.max(call?.completion ?? 0, tokens(span, COMPLETION_TOKENS)),
      cached: Math.max(call?.cached ?? 0, tokens(span, CACHED_TOKENS)),
      hasFailed: (call?.hasFailed ?? true) && span.status?.statusCode === 'ERROR',
    });
  }
  return [...calls.values()];
}

/** The model that was asked for, or else the one that answered. */
function modelOf({ attributes }: Pick<Span, 'attributes'>): string | undefined {
  const names = [attributes['gen_ai.request.model'], attributes['gen_ai.response.model']];
  return names.find((name) => typeof name === 'string' && name !== '') as string | undefined;
}

/** The first count that is a whole number of tokens; 0 without one. */
function tokens(span: Pick<Span, 'attributes'>, keys: readonly string[]): number {
  for (const key of keys) {
    const count = span.attributes[key];
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  }
  return 0;
}
