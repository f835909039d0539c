import type { Attempt } from '../rollout/attempt.ts';
import type { Rollout, RolloutMode, RolloutStatus } from '../rollout/rollout.ts';
import type { Worker, WorkerStatus } from '../rollout/worker.ts';
import type { ResourcesUpdate } from './resources-update.ts';

/**
 * Order and page of a query. Sorting is stable in both directions. Nulls sort as +∞ in fields that end in `Time`, as
 * the empty string in text fields, as 0 in numbers.
 */
export interface PageOptions<TSort> {
  /** A field of the record. Default: see each query; where there is none, the order of storage. */
  readonly sortBy?: TSort;
  /** Default `asc`. */
  readonly sortOrder?: 'asc' | 'desc';
  /** How many items at most; −1 (the default) for all, 0 for none (the total is still right). */
  readonly limit?: number;
  /** How many matches to skip, default 0. */
  readonly offset?: number;
}

/** How the filters of one query combine. Default `and`. A query without filters matches everything under either. */
export interface FilterLogic {
  readonly filterLogic?: 'and' | 'or';
}

/**
 * What rollouts can be sorted by. Additions of ours, about the latest attempt: `attempts`, its `sequenceId`, 0 without one, and `duration`, the seconds that it took, never
 * ending while it has not ended.
 */
export type RolloutSortField = keyof Rollout | 'attempts' | 'duration';

/**
 * Filters of `queryRollouts()`. An empty list matches nothing; an absent filter matches everything. Default order:
 * storage.
 */
export interface RolloutQuery extends PageOptions<RolloutSortField>, FilterLogic {
  readonly statusIn?: readonly RolloutStatus[];
  /** Ids that are not known are ignored. */
  readonly rolloutIdIn?: readonly string[];
  /** Case-sensitive substring. */
  readonly rolloutIdContains?: string;
  /** An addition of ours, as are those below. */
  readonly modeIn?: readonly RolloutMode[];
  readonly resourcesIdIn?: readonly string[];
  /** Pairs such as `evaluation=round-1/tasks`, parted at the first `=`: the metadata has one of these texts under its key. */
  readonly metadataIn?: readonly string[];
  /** Case-sensitive substring of what the latest attempt's metadata says in `error`, `reason` or `cause`. */
  readonly errorContains?: string;
}

/** Order of `queryAttempts()`; by `sequenceId` unless said otherwise. */
export interface AttemptQuery extends PageOptions<keyof Attempt> {}

/** Filters of `queryResources()`, combined with `and`. */
export interface ResourcesQuery extends PageOptions<Exclude<keyof ResourcesUpdate, 'resources'> | 'resources'> {
  readonly resourcesId?: string;
  readonly resourcesIdContains?: string;
}

/** Filters of `queryWorkers()`. */
export interface WorkerQuery extends PageOptions<keyof Worker>, FilterLogic {
  readonly statusIn?: readonly WorkerStatus[];
  readonly workerIdContains?: string;
}

/** The fields of a span that can be sorted by. */
export type SpanSortField =
  | 'rolloutId'
  | 'attemptId'
  | 'sequenceId'
  | 'traceId'
  | 'spanId'
  | 'parentId'
  | 'name'
  | 'status'
  | 'attributes'
  | 'events'
  | 'links'
  | 'startTime'
  | 'endTime'
  | 'context'
  | 'parent'
  | 'resource';

/** Filters of `querySpans()`; the scope (`rolloutId`, `attemptId`) always applies, whatever `filterLogic` says. */
export interface SpanQuery extends Omit<PageOptions<SpanSortField>, 'sortBy'>, FilterLogic {
  readonly rolloutId: string;
  /** One attempt, `latest` for the newest one; absent: all attempts. */
  readonly attemptId?: string;
  readonly traceId?: string;
  readonly traceIdContains?: string;
  readonly spanId?: string;
  readonly spanIdContains?: string;
  readonly parentId?: string;
  readonly parentIdContains?: string;
  readonly name?: string;
  readonly nameContains?: string;
  /** Default `sequenceId`; `null` asks for the order of storage. */
  readonly sortBy?: SpanSortField | null;
}
