import type { Attempt } from '../rollout/attempt.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Worker } from '../rollout/worker.ts';
import type { Span } from '../span/span.ts';
import { type Condition, conditionsOf, contains, equals, isIn, type SortKind } from './query-evaluation.ts';
import type { ResourcesUpdate } from './resources-update.ts';
import type {
  ResourcesQuery,
  RolloutQuery,
  RolloutSortField,
  SpanQuery,
  SpanSortField,
  WorkerQuery,
} from './store-query.ts';

/** How the fields of a rollout are sorted. */
export const ROLLOUT_SORT_KINDS: { readonly [K in RolloutSortField]: SortKind } = {
  rolloutId: 'text',
  input: 'other',
  startTime: 'time',
  endTime: 'time',
  mode: 'text',
  resourcesId: 'text',
  status: 'text',
  config: 'other',
  metadata: 'text',
  priority: 'number',
  attempts: 'number',
  duration: 'time',
};

/** Where an attempt's metadata says, in words, why it came to nothing. */
export const ERROR_FIELDS = ['error', 'reason', 'cause'] as const;

/** The filters and orders of `queryRollouts()` that are additions of ours: upstream's server takes no notice of them. */
export const ADDED_ROLLOUT_FILTERS = ['modeIn', 'resourcesIdIn', 'metadataIn', 'errorContains'] as const;

/** A rollout as it is looked at by a query: with its latest attempt, and what can be sorted by. */
export interface QueriedRollout extends Rollout {
  readonly attempt: Attempt | undefined;
  readonly attempts: number;
  readonly duration: number | null;
}

/** Puts together what {@link rolloutConditions} look at. */
export function queriedRollout(rollout: Rollout, attempt: Attempt | undefined): QueriedRollout {
  const duration = attempt === undefined || attempt.endTime === null ? null : attempt.endTime - attempt.startTime;
  return { ...rollout, attempt, attempts: attempt?.sequenceId ?? 0, duration };
}

/** A pair of `RolloutQuery.metadataIn` in its parts. */
export function metadataPair(pair: string): readonly [key: string, value: string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** How the fields of an attempt are sorted. */
export const ATTEMPT_SORT_KINDS: { readonly [K in keyof Attempt]: SortKind } = {
  rolloutId: 'text',
  attemptId: 'text',
  sequenceId: 'number',
  startTime: 'time',
  endTime: 'time',
  status: 'text',
  workerId: 'text',
  lastHeartbeatTime: 'time',
  metadata: 'text',
};

/** How the fields of a snapshot are sorted. */
export const RESOURCES_SORT_KINDS: { readonly [K in keyof ResourcesUpdate]: SortKind } = {
  resourcesId: 'text',
  createTime: 'time',
  updateTime: 'time',
  version: 'number',
  resources: 'other',
};

/** How the fields of a worker are sorted. */
export const WORKER_SORT_KINDS: { readonly [K in keyof Worker]: SortKind } = {
  workerId: 'text',
  status: 'text',
  heartbeatStats: 'text',
  lastHeartbeatTime: 'time',
  lastDequeueTime: 'time',
  lastBusyTime: 'time',
  lastIdleTime: 'time',
  currentRolloutId: 'text',
  currentAttemptId: 'text',
};

/** How the fields of a span are sorted. */
export const SPAN_SORT_KINDS: { readonly [K in SpanSortField]: SortKind } = {
  rolloutId: 'text',
  attemptId: 'text',
  sequenceId: 'number',
  traceId: 'text',
  spanId: 'text',
  parentId: 'text',
  name: 'text',
  status: 'other',
  attributes: 'other',
  events: 'other',
  links: 'other',
  startTime: 'time',
  endTime: 'time',
  context: 'other',
  parent: 'other',
  resource: 'other',
};

/** The filters of `queryRollouts()`. */
export function rolloutConditions(query: RolloutQuery): Condition<QueriedRollout>[] {
  return conditionsOf(
    isIn((rollout) => rollout.status, query.statusIn),
    isIn((rollout) => rollout.rolloutId, query.rolloutIdIn),
    contains((rollout) => rollout.rolloutId, query.rolloutIdContains),
    isIn((rollout) => rollout.mode, query.modeIn),
    isIn((rollout) => rollout.resourcesId, query.resourcesIdIn),
    hasPair(query.metadataIn),
    saysError(query.errorContains),
  );
}

function hasPair(pairs: readonly string[] | undefined): Condition<QueriedRollout> | undefined {
  if (pairs === undefined) return undefined;
  const parted = pairs.map(metadataPair);
  return ({ metadata }) =>
    metadata !== null && parted.some(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value);
}

function saysError(part: string | undefined): Condition<QueriedRollout> | undefined {
  if (part === undefined) return undefined;
  return ({ attempt }) =>
    ERROR_FIELDS.some((field) => {
      const text = attempt?.metadata?.[field];
      return typeof text === 'string' && text.includes(part);
    });
}

/** The filters of `queryResources()`. */
export function resourcesConditions(query: ResourcesQuery): Condition<ResourcesUpdate>[] {
  return conditionsOf(
    equals((update) => update.resourcesId, query.resourcesId),
    contains((update) => update.resourcesId, query.resourcesIdContains),
  );
}

/** The filters of `queryWorkers()`. */
export function workerConditions(query: WorkerQuery): Condition<Worker>[] {
  return conditionsOf(
    isIn((worker) => worker.status, query.statusIn),
    contains((worker) => worker.workerId, query.workerIdContains),
  );
}

/** The filters of `querySpans()` without its scope, which always applies. */
export function spanConditions(query: SpanQuery): Condition<Span>[] {
  return conditionsOf(
    equals((span) => span.traceId, query.traceId),
    contains((span) => span.traceId, query.traceIdContains),
    equals((span) => span.spanId, query.spanId),
    contains((span) => span.spanId, query.spanIdContains),
    equals((span) => span.parentId, query.parentId),
    contains((span) => span.parentId, query.parentIdContains),
    equals((span) => span.name, query.name),
    contains((span) => span.name, query.nameContains),
  );
}
