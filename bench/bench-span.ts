import type { AttemptedRollout, SpanInput } from '@agentlightning/core';

/** What attributes are made of, so that a span of so many bytes looks like that of a model call. */
const MESSAGES = 4;

/** What a span is made for. */
export interface BenchSpan {
  readonly of: AttemptedRollout;
  /** Makes ids and texts differ from those of any other. */
  readonly number: number;
  /** Of its attributes' texts; default 0. */
  readonly bytes?: number;
}

/** A span as a runner sends it: a model call with texts of a length. */
export function benchSpan({ of: { rolloutId, attempt }, number, bytes = 0 }: BenchSpan): SpanInput {
  const traceId = number.toString(16).padStart(32, '0');
  const spanId = number.toString(16).padStart(16, '0');
  return {
    rolloutId,
    attemptId: attempt.attemptId,
    sequenceId: null,
    traceId,
    spanId,
    parentId: null,
    name: 'openai.chat.completion',
    status: { statusCode: 'OK', description: null },
    attributes: benchAttributes(number, bytes),
    events: [],
    links: [],
    startTime: 1_700_000_000 + number / 1000,
    endTime: 1_700_000_001 + number / 1000,
    context: { traceId, spanId, isRemote: false, traceState: {} },
    parent: null,
    resource: { attributes: { 'service.name': 'bench' }, schemaUrl: '' },
  };
}

/** Attributes of a model call, with texts of so many bytes altogether. */
export function benchAttributes(number: number, bytes: number): Record<string, string | number> {
  const attributes: Record<string, string | number> = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'model',
    'gen_ai.usage.input_tokens': number % 1000,
    'gen_ai.usage.output_tokens': number % 100,
  };
  for (let index = 0; bytes > 0 && index < MESSAGES; index += 1) {
    attributes[`gen_ai.prompt.${index}.content`] = text(MESSAGES * number + index, Math.ceil(bytes / MESSAGES));
  }
  return attributes;
}

/** Words and numbers of which hardly any two are alike, so that no compression makes them short. */
function text(seed: number, length: number): string {
  let state = (seed * 2654435761 + 1) >>> 0;
  let result = '';
  while (result.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    result += `${WORDS[state >>> 28]} ${(state >>> 8).toString(36)} `;
  }
  return result.slice(0, length);
}

const WORDS = 'the room has a table for eight and screens on two walls near a window'.split(' ');
