/** What histories are made of: requests, spans and snapshots, and the model's records in the shape in which a store answers them. */
import { PromptTemplate } from '../../resource/prompt-template.ts';
import type { NamedResources } from '../../resource/resource.ts';
import type { AttemptedRollout, RolloutConfig } from '../../rollout/rollout.ts';
import type { SpanInput } from '../../span/span.ts';
import type { ModelRequest, ModelResources, ModelRollout } from './model-records.ts';

/** Which attempt. */
export interface AttemptIds {
  readonly rolloutId: string;
  readonly attemptId: string;
}

/** Nobody has made these. */
export const UNKNOWN: AttemptIds = { rolloutId: 'ro-unknown', attemptId: 'at-unknown' };

/** What the model is asked to enqueue, with the id that the store has made where it made one. */
export function modelRequest(
  request: { input: unknown; config: RolloutConfig } & Partial<ModelRequest>,
  madeId: string | undefined,
): ModelRequest {
  const { rolloutId } = request;
  return {
    ...{ mode: null, resourcesId: null, metadata: {}, priority: 0, ...request },
    rolloutId: rolloutId ?? madeId ?? '',
    isChosen: rolloutId !== undefined,
  };
}

/** As a store answers it: with its latest attempt, if it has one. */
export function asStored({ record, attempts }: ModelRollout): object {
  const attempt = attempts.at(-1)?.record;
  return attempt === undefined ? record : { ...record, attempt };
}

/** A snapshot of the model as a store answers it. */
export function asUpdate({ text, ...update }: ModelResources): object {
  return { ...update, resources: resourcesOf(text) };
}

/** Resources that differ by one text. */
export function resourcesOf(template: string): NamedResources {
  return { prompt: new PromptTemplate({ template, engine: 'f-string' }) };
}

/** Empty where nothing was claimed, so that a mismatch shows as one. */
export function attemptIdOf(claimed: AttemptedRollout | undefined): string {
  return claimed?.attempt.attemptId ?? '';
}

/** A span that is told from others by its key. */
export function span({ rolloutId, attemptId }: AttemptIds, key: number, sequenceId: number | null): SpanInput {
  return {
    rolloutId,
    attemptId,
    sequenceId,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: key.toString(16).padStart(16, '0'),
    parentId: null,
    name: `span ${key}`,
    status: { statusCode: 'OK', description: null },
    attributes: { 'agentlightning.reward.0.value': key / 4 },
    events: [],
    links: [],
    startTime: 1,
    endTime: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
  };
}

/** Spans by what identifies them, whatever their order. */
export function byKey(spans: Iterable<SpanInput>): object {
  return Object.fromEntries(Array.from(spans, (item) => [`${item.attemptId}/${item.spanId}`, item]));
}
