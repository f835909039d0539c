import type { NamedResources } from '../resource/resource.ts';
import type { Attempt, AttemptStatus } from '../rollout/attempt.ts';
import type { ReportOutcome } from '../rollout/report-outcome.ts';
import type { AttemptedRollout, Rollout, RolloutConfigInput, RolloutMode, RolloutStatus } from '../rollout/rollout.ts';
import type { Worker } from '../rollout/worker.ts';
import type { Span, SpanInput } from '../span/span.ts';
import type { Page } from './page.ts';
import type { ResourcesUpdate } from './resources-update.ts';
import type { RunRecordKeeper } from './run-records.ts';
import type { AttemptQuery, ResourcesQuery, RolloutQuery, SpanQuery, WorkerQuery } from './store-query.ts';

/** What a caller says of a new rollout. `null` and absent mean the default. */
export interface EnqueueRolloutRequest {
  /** The task: any JSON, `null` included. */
  readonly input: unknown;
  readonly mode?: RolloutMode | null;
  /** The snapshot to run with. Default: the latest one now. An unknown id is accepted, as upstream does. */
  readonly resourcesId?: string | null;
  readonly config?: RolloutConfigInput | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
  /** Higher is claimed first, default 0. */
  readonly priority?: number;
  /**
   * An id chosen by the caller, URL-safe, so that sending the request again is not a second rollout: the same id with
   * the same request answers the rollout as it stands; with another request it is a `CONFLICT`. Default: a new `ro-…`.
   */
  readonly rolloutId?: string;
}

/** As {@link EnqueueRolloutRequest}, started at once by `workerId`. */
export interface StartRolloutRequest extends EnqueueRolloutRequest {
  readonly workerId?: string | null;
}

/** How to start another attempt. */
export interface StartAttemptOptions {
  /** Marked busy with it. */
  readonly workerId?: string | null;
  /**
   * An id chosen by the caller, URL-safe, so that asking again starts no second attempt: the same id for the same worker answers the rollout with that
   * attempt, both as they stand; for another worker it is a `CONFLICT`. Default: a new `at-…`.
   */
  readonly attemptId?: string;
}

/** How to claim. */
export interface DequeueOptions {
  /** Marked busy with what it claims. */
  readonly workerId?: string;
  /** How long to wait for work when there is none, in milliseconds; default 0: answer at once. */
  readonly waitMs?: number;
  /** Ends the wait early; the answer is then empty. */
  readonly signal?: AbortSignal;
  /**
   * An id of the caller for this very claim, 1 to 128 characters, so that a claim whose answer was lost can be asked for again: once something was
   * claimed under it, the same id with the same `workerId` answers those claims as they stand, less those that have a newer attempt by now, and never
   * claims more; from another worker it is a `CONFLICT`. Kept as long as the attempts.
   *
   * Such a claim is on a lease of 30 seconds as well: an attempt that is still `preparing` becomes `unresponsive` when its worker says in its heartbeats
   * what it executes, and for so long this is not among it. Default: none, asking again is another claim.
   */
  readonly claimId?: string;
}

/** How to claim several. */
export interface DequeueManyOptions extends DequeueOptions {
  /** At most this many, default 1. Zero or less claims nothing and asks nobody. */
  readonly limit?: number;
}

/** Which rollouts to wait for, and how long. */
export interface WaitForRolloutsOptions {
  readonly rolloutIds: readonly string[];
  /** Seconds; `null` (default) waits until all are terminal, 0 or less answers at once. */
  readonly timeoutSeconds?: number | null;
  /** Return as soon as this many of the named rollouts are terminal. Default: all of them. */
  readonly minDone?: number;
  /** Ends the wait early: the call rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/**
 * What to change of a rollout. An absent key leaves the field alone; `null` is stored where the field can be `null`.
 * `metadata` and `config` are replaced whole.
 */
export interface RolloutPatch {
  readonly input?: unknown;
  readonly mode?: RolloutMode | null;
  readonly resourcesId?: string | null;
  readonly status?: RolloutStatus;
  readonly config?: RolloutConfigInput;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** What to change of an attempt. An absent key leaves the field alone; nothing can be set to `null`. */
export interface AttemptPatch {
  readonly status?: AttemptStatus;
  /** The empty string is stored and moves no worker. */
  readonly workerId?: string;
  /** Seconds since the Unix epoch. */
  readonly lastHeartbeatTime?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * Only with the status `unresponsive`: the attempt was lost through no fault of its task, and costs it nothing. The rollout is queued again whatever its
   * config says of retries, and its `maxAttempts` goes up by one. Nothing of that happens to an attempt that is not the latest, or is not `preparing` or
   * `running`, so that reporting twice is the same as once. A store that does not know it treats the attempt as any that is `unresponsive`.
   */
  readonly givenBack?: boolean;
}

/** What comes along with a report. */
export interface ReportOptions {
  /** Spans of this very attempt, stored before the report is applied; those that are stored already stay as they are. */
  readonly spans?: readonly SpanInput[];
  /**
   * `true`: the spans are JSON, and nobody else has them or changes them from now on, so that a store may keep these very objects. Default: it keeps copies.
   */
  readonly handedOver?: boolean;
}

/** How spans are added. */
export interface AddSpansOptions {
  /** As in {@link ReportOptions}; what is answered may then be what the store keeps, and is only to be read. */
  readonly handedOver?: boolean;
}

/** How to update a snapshot. */
export interface UpdateResourcesOptions {
  /**
   * `true` counts the version up also when the content is identical, as upstream does; over HTTP such an update is never sent twice, and fails with
   * `UNAVAILABLE` if its reply was lost. Default: identical content changes nothing.
   */
  readonly countIdentical?: boolean;
}

/** The attempt after a report, and what became of the report. */
export type AttemptReport = Attempt & { readonly outcome: ReportOutcome };

/** A sign of life of a worker. */
export interface WorkerHeartbeat {
  /** Anything worth showing; replaces the previous stats. Absent: they stay. */
  readonly heartbeatStats?: Readonly<Record<string, unknown>>;
  /** Attempts the worker is executing: the heartbeat counts for each. Absent: only for the worker. */
  readonly attempts?: readonly { readonly rolloutId: string; readonly attemptId: string }[];
}

/** The worker after its heartbeat, and what it should know. */
export type WorkerHeartbeatReply = Worker & {
  /**
   * Of the attempts named: those that no longer count (superseded, timed out, cancelled). The worker should abort them.
   */
  readonly fencedAttemptIds: readonly string[];
};

/** Which rollout and attempt a sequence id is for. The counter is per rollout; neither id has to exist. */
export interface SequenceIdRequest {
  readonly rolloutId: string;
  readonly attemptId: string;
}

/** Counts of what a store holds. */
export interface StoreStatistics {
  /** Class name of the store. */
  readonly name: string;
  readonly totalRollouts: number;
  readonly totalAttempts: number;
  readonly totalSpans: number;
  readonly totalResources: number;
  readonly totalWorkers: number;
  /** Seconds since the store was made. */
  readonly uptime: number;
  /** Further counts, by the store. */
  readonly [extra: string]: string | number;
}

/** What a store can do beyond the contract. */
export interface StoreCapabilities {
  /** Several threads or processes may use it at once. */
  readonly shared: boolean;
  /** What it acknowledged is there after the process died. */
  readonly durable: boolean;
  /** It takes OTLP over HTTP. */
  readonly otlpTraces: boolean;
}

/** A change of a rollout's status. */
export interface RolloutChange {
  readonly rolloutId: string;
  /** `null` for a rollout that is new. */
  readonly from: RolloutStatus | null;
  readonly to: RolloutStatus;
}

/**
 * The hub between algorithm and runners: queue, records, resources, spans. Memory, file, database and HTTP client
 * implement it alike and pass one conformance suite (`@agentlightning/core/testing`).
 *
 * Records that are returned are copies; changing one changes nothing in the store. Every method rejects with a
 * `LightningError`: `UNAVAILABLE` when the store cannot be asked, `STORE_CLOSING` after {@link close} began,
 * `NOT_FOUND` for an unknown rollout or attempt where one must exist. Reading something unknown is not an error: it
 * answers `undefined` or an empty page. Mirrors upstream `LightningStore` (v0.3.0).
 */
export interface LightningStore {
  readonly capabilities: StoreCapabilities;

  /** Counts what the store holds. */
  statistics(): Promise<StoreStatistics>;

  /** Adds a rollout and its first attempt, both `preparing`, without the queue. Mirrors `start_rollout`. */
  startRollout(request: StartRolloutRequest): Promise<AttemptedRollout>;
  /** Adds a rollout at the tail of the queue. Mirrors `enqueue_rollout`. */
  enqueueRollout(request: EnqueueRolloutRequest): Promise<Rollout>;
  /** Adds rollouts in order, all or none. Mirrors `enqueue_many_rollouts`. */
  enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]>;
  /**
   * Claims the queued rollout with the highest priority, the oldest among equals, and starts its next attempt. No two
   * callers get the same one. Answers `undefined` when there is none, after at most `waitMs`. Mirrors
   * `dequeue_rollout`.
   */
  dequeueRollout(options?: DequeueOptions): Promise<AttemptedRollout | undefined>;
  /** Claims up to `limit`; returns as soon as there is at least one. Mirrors `dequeue_many_rollouts`. */
  dequeueManyRollouts(options?: DequeueManyOptions): Promise<AttemptedRollout[]>;
  /**
   * Starts another attempt by hand, whatever the status or `maxAttempts`. `NOT_FOUND` if unknown. Mirrors
   * `start_attempt`.
   */
  startAttempt(rolloutId: string, options?: StartAttemptOptions): Promise<AttemptedRollout>;

  /** Rollouts, each with its latest attempt if it has one. Mirrors `query_rollouts`. */
  queryRollouts(query?: RolloutQuery): Promise<Page<Rollout | AttemptedRollout>>;
  /** One rollout with its latest attempt if it has one. Mirrors `get_rollout_by_id`. */
  getRolloutById(rolloutId: string): Promise<Rollout | AttemptedRollout | undefined>;
  /** Attempts of a rollout. Mirrors `query_attempts`. */
  queryAttempts(rolloutId: string, query?: AttemptQuery): Promise<Page<Attempt>>;
  /** The attempt with the highest sequence id. Mirrors `get_latest_attempt`. */
  getLatestAttempt(rolloutId: string): Promise<Attempt | undefined>;
  /**
   * Changes a rollout. An operator's call: it may reopen a terminal rollout or cancel a running one. `NOT_FOUND` if
   * unknown. Mirrors `update_rollout`.
   */
  updateRollout(rolloutId: string, patch: RolloutPatch): Promise<Rollout>;
  /**
   * Reports about an attempt; the id `latest` names the newest. Only the latest attempt of a rollout that has not ended
   * changes the rollout; the answer's `outcome` says what happened. `NOT_FOUND` if unknown, `INVALID_ARGUMENT` for spans that are not the
   * attempt's: then nothing is stored. Mirrors `update_attempt`.
   */
  updateAttempt(
    rolloutId: string,
    attemptId: string,
    patch: AttemptPatch,
    options?: ReportOptions,
  ): Promise<AttemptReport>;
  /**
   * Waits until the named rollouts are terminal and answers those that are, in the order of the request. Unknown ids
   * are left out. A passed deadline is not an error. Mirrors `wait_for_rollouts`.
   */
  waitForRollouts(options: WaitForRolloutsOptions): Promise<Rollout[]>;

  /**
   * Stores a span and takes it as a sign of life. `undefined` if its key is stored already. `NOT_FOUND` if the attempt
   * is unknown. Mirrors `add_span`.
   */
  addSpan(span: SpanInput): Promise<Span | undefined>;
  /**
   * Stores spans, groups of one attempt together, and answers exactly those that were stored, in order. A span of an
   * unknown attempt does not keep the others out: they are stored, and the call then rejects with `NOT_FOUND` whose
   * `details.unknown` lists the keys. Mirrors `add_many_spans`.
   */
  addManySpans(spans: readonly SpanInput[], options?: AddSpansOptions): Promise<Span[]>;
  /** Spans of a rollout. An unknown rollout has none. Mirrors `query_spans`. */
  querySpans(query: SpanQuery): Promise<Page<Span>>;
  /** The next number of the rollout's span counter, from 1. Mirrors `get_next_span_sequence_id`. */
  getNextSpanSequenceId(rolloutId: string, attemptId: string): Promise<number>;
  /** Numbers in the order of the requests. Mirrors `get_many_span_sequence_ids`. */
  getManySpanSequenceIds(requests: readonly SequenceIdRequest[]): Promise<number[]>;

  /** Adds a snapshot under a new id; it becomes the latest. Mirrors `add_resources`. */
  addResources(resources: NamedResources): Promise<ResourcesUpdate>;
  /**
   * Adds a snapshot under an id of the caller, or replaces the whole mapping of an existing one and counts its version
   * up. Identical content changes nothing, unless asked to count. It becomes the latest. Mirrors `update_resources`.
   */
  updateResources(
    resourcesId: string,
    resources: NamedResources,
    options?: UpdateResourcesOptions,
  ): Promise<ResourcesUpdate>;
  /** Snapshots. Mirrors `query_resources`. */
  queryResources(query?: ResourcesQuery): Promise<Page<ResourcesUpdate>>;
  /** One snapshot. Mirrors `get_resources_by_id`. */
  getResourcesById(resourcesId: string): Promise<ResourcesUpdate | undefined>;
  /** The snapshot added or updated last. Mirrors `get_latest_resources`. */
  getLatestResources(): Promise<ResourcesUpdate | undefined>;

  /** Workers. Mirrors `query_workers`. */
  queryWorkers(query?: WorkerQuery): Promise<Page<Worker>>;
  /** One worker. Mirrors `get_worker_by_id`. */
  getWorkerById(workerId: string): Promise<Worker | undefined>;
  /** A sign of life; the first one makes the worker. Never changes its status. Mirrors `update_worker`. */
  updateWorker(workerId: string, heartbeat?: WorkerHeartbeat): Promise<WorkerHeartbeatReply>;

  /** Keeps records of runs. Absent on stores that cannot. */
  readonly runRecords?: RunRecordKeeper;

  /**
   * Calls `listener` after each change of a rollout's status, in order, until the returned function is called. Absent
   * on stores that cannot tell (an HTTP client).
   */
  onRolloutChange?(listener: (change: RolloutChange) => void): () => void;

  /**
   * Releases what the store holds: timers, sockets. Parked calls end (claims empty, waits with `STORE_CLOSING`).
   * Closing twice is the same as once.
   */
  close(): Promise<void>;
}
