import type { SpanAttributes } from '@agentlightning/core';
export function modelCallAttributes(request: any, response: any): SpanAttributes {
  const out: Record<string, any> = { 'gen_ai.request.model': request.model ?? '' };
  (request.messages ?? []).forEach((m: any, i: number) => { out[`gen_ai.prompt.${i}.role`] = m.role; out[`gen_ai.prompt.${i}.content`] = String(m.content); });
  (response?.choices ?? []).forEach((c: any, i: number) => {
    out[`gen_ai.completion.${i}.role`] = c.message.role; out[`gen_ai.completion.${i}.content`] = c.message.content ?? ''; out[`gen_ai.completion.${i}.finish_reason`] = c.finish_reason ?? '';
    (c.message.tool_calls ?? []).forEach((t: any, j: number) => { out[`gen_ai.completion.${i}.tool_calls.${j}.name`] = t.function.name; out[`gen_ai.completion.${i}.tool_calls.${j}.arguments`] = t.function.arguments; out[`gen_ai.completion.${i}.tool_calls.${j}.id`] = t.id; });
  });
  if (response?.usage) { out['gen_ai.usage.prompt_tokens'] = response.usage.prompt_tokens; out['gen_ai.usage.completion_tokens'] = response.usage.completion_tokens; }
  return out;
}
