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

/**
 * Model calls and tokens in these spans. Spans with the same response id are one call, seen by several instruments; its counts are the largest
 * seen. A call without token counts adds none.
 */
export function sumUsage(spans: readonly Pick<Span, 'attributes' | 'spanId'>[]): Usage {
  const calls = new Map<string, { prompt: number; completion: number }>();
  for (const span of spans) {
    if (!isModelCallSpan(span)) continue;
    const responseId = span.attributes['gen_ai.response.id'];
    const key = typeof responseId === 'string' && responseId !== '' ? `response ${responseId}` : `span ${span.spanId}`;
    const call = calls.get(key) ?? { prompt: 0, completion: 0 };
    calls.set(key, {
      prompt: Math.max(call.prompt, tokens(span, PROMPT_TOKENS)),
      completion: Math.max(call.completion, tokens(span, COMPLETION_TOKENS)),
    });
  }
  const totals = [...calls.values()];
  return {
    modelCalls: totals.length,
    promptTokens: totals.reduce((sum, { prompt }) => sum + prompt, 0),
    completionTokens: totals.reduce((sum, { completion }) => sum + completion, 0),
  };
}

/** The first count that is a whole number of tokens; 0 without one. */
function tokens(span: Pick<Span, 'attributes'>, keys: readonly string[]): number {
  for (const key of keys) {
    const count = span.attributes[key];
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  }
  return 0;
}
