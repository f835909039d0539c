import {
  ADDED_ROLLOUT_FILTERS,
  type Attempt,
  type AttemptedRollout,
  type AttemptPatch,
  type AttemptQuery,
  type AttemptReport,
  type DequeueManyOptions,
  type DequeueOptions,
  type EnqueueRolloutRequest,
  errorFromWire,
  isLightningError,
  LightningError,
  type LightningErrorCode,
  type LightningStore,
  type NamedResources,
  newAttemptId,
  newResourcesId,
  newRolloutId,
  Page,
  queriedRollout,
  type ReportOptions,
  type ResourcesQuery,
  type ResourcesUpdate,
  ROLLOUT_SORT_KINDS,
  type Rollout,
  type RolloutPatch,
  type RolloutQuery,
  rolloutConditions,
  type SequenceIdRequest,
  type Span,
  type SpanInput,
  type SpanQuery,
  type StartAttemptOptions,
  type StartRolloutRequest,
  type StoreCapabilities,
  type StoreStatistics,
  selectPage,
  type UpdateResourcesOptions,
  type WaitForRolloutsOptions,
  type Worker,
  type WorkerHeartbeat,
  type WorkerHeartbeatReply,
  type WorkerQuery,
} from '@agentlightning/core';
import * as operations from '../operations.ts';
import type { AttemptUpdate, ReportBatchItem } from '../wire/message-codecs.ts';
import { CallBatcher, type CallOutcome } from './call-batcher.ts';
import { Claims } from './claims.ts';
import { type LightningStoreClientOptions, resolveClientOptions } from './client-options.ts';
import { copyJson } from './copy-json.ts';
import { linkSignals } from './linked-signal.ts';
import { pause } from './pause.ts';
import { ServerCalls } from './server-calls.ts';
import { SHORT_POLL_MS, SLICE_MS } from './slices.ts';
import { textLength } from './text-length.ts';

/**
 * A `LightningStore` that is somewhere else: ours or upstream's `LightningStoreServer`.
 *
 * Calls that may be repeated are, while the server cannot be asked; when they fail they fail with `UNAVAILABLE`, never with
 * `undefined` or an empty list. A server that refused a claim as it was closing, and cannot be reached after that, is not waited for: calls fail
 * with `STORE_CLOSING`. What the server lacks of our additions is done in upstream's way, with one warning. Mirrors upstream
 * `LightningStoreClient` (v0.3.0).
 */
export class LightningStoreClient implements LightningStore {
  readonly capabilities: StoreCapabilities = { shared: true, durable: false, otlpTraces: true };
  readonly #calls: ServerCalls;
  readonly #claims: Claims;
  readonly #reports = new CallBatcher(
    (updates: readonly AttemptUpdate[]) => this.#report(updates),
    ({ spans = [] }) => spans.reduce((sum, span) => sum + textLength(span), 0),
  );

  /** @throws TypeError, RangeError for wrong options; nothing is sent yet */
  constructor(options: LightningStoreClientOptions) {
    const resolved = resolveClientOptions(options);
    this.#calls = new ServerCalls(resolved);
    this.#claims = new Claims(this.#calls, resolved.logger);
  }

  statistics(): Promise<StoreStatistics> {
    return this.#calls.call(operations.statistics, {});
  }

  async startRollout(request: StartRolloutRequest): Promise<AttemptedRollout> {
    return this.#calls.call(operations.startRollout, { body: withRolloutId(request) });
  }

  async enqueueRollout(request: EnqueueRolloutRequest): Promise<Rollout> {
    const [rollout] = await this.enqueueManyRollouts([request]);
    return rollout as Rollout;
  }

  async enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
    if (requests.length === 0) return [];
    return this.#calls.call(operations.enqueueRollouts, { body: { rollouts: requests.map(withRolloutId) } });
  }

  async dequeueRollout(options: DequeueOptions = {}): Promise<AttemptedRollout | undefined> {
    const [rollout] = await this.dequeueManyRollouts({ ...options, limit: 1 });
    return rollout;
  }

  async dequeueManyRollouts(options: DequeueManyOptions = {}): Promise<AttemptedRollout[]> {
    if (options.limit !== undefined && options.limit <= 0) return [];
    return this.#claims.claim(options);
  }

  startAttempt(rolloutId: string, options: StartAttemptOptions = {}): Promise<AttemptedRollout> {
    const body = { ...options, attemptId: options.attemptId ?? newAttemptId() };
    return this.#calls.call(operations.startAttempt, { params: { rolloutId }, body });
  }

  async queryRollouts(query: RolloutQuery = {}): Promise<Page<Rollout | AttemptedRollout>> {
    if (hasAddition(query)) {
      await this.#calls.learnFeatures();
      if (!this.#calls.features.has('rollout-filters')) return selectHere(query, await this.#searchRollouts({}));
    }
    return this.#searchRollouts(query);
  }

  async getRolloutById(rolloutId: string): Promise<Rollout | AttemptedRollout | undefined> {
    await this.#calls.learnFeatures();
    // Upstream's server answers 500 for a rollout that it does not know; its search just does not find it.
    if (!this.#calls.features.has('rollout-id')) return (await this.queryRollouts({ rolloutIdIn: [rolloutId] })).at(0);
    return this.#calls.call(operations.getRollout, { params: { rolloutId } });
  }

  queryAttempts(rolloutId: string, query: AttemptQuery = {}): Promise<Page<Attempt>> {
    return this.#page(query, (body) => this.#calls.call(operations.searchAttempts, { params: { rolloutId }, body }));
  }

  getLatestAttempt(rolloutId: string): Promise<Attempt | undefined> {
    return this.#calls.call(operations.getLatestAttempt, { params: { rolloutId } });
  }

  updateRollout(rolloutId: string, patch: RolloutPatch): Promise<Rollout> {
    return this.#calls.call(operations.updateRollout, { params: { rolloutId }, body: patch });
  }

  async updateAttempt(
    rolloutId: string,
    attemptId: string,
    patch: AttemptPatch,
    { spans = [] }: ReportOptions = {},
  ): Promise<AttemptReport> {
    await this.#calls.learnFeatures();
    if (spans.length === 0) return this.#reports.call({ rolloutId, attemptId, patch });
    if (this.#calls.features.has('report-spans')) return this.#reports.call({ rolloutId, attemptId, patch, spans });
    await this.addManySpans(spans);
    return this.#reports.call({ rolloutId, attemptId, patch });
  }

  /** Reports that are made at the same time share a request, if the server knows how. */
  async #report(updates: readonly AttemptUpdate[]): Promise<CallOutcome<AttemptReport>[]> {
    if (updates.length === 1 || !this.#calls.features.has('report-batch')) return this.#reportOneByOne(updates);
    try {
      return await this.#reportTogether(updates);
    } catch (error) {
      // One report that cannot be written or read must not take the others along.
      if (isLightningError(error, 'INVALID_ARGUMENT')) return this.#reportOneByOne(updates);
      throw error;
    }
  }

  async #reportTogether(reports: readonly AttemptUpdate[]): Promise<CallOutcome<AttemptReport>[]> {
    const { results } = await this.#calls.call(operations.updateAttempts, { body: { reports } });
    return results.map(({ report, error }) =>
      report === undefined ? { error: refusedReport(error) } : { value: report },
    );
  }

  async #reportOneByOne(updates: readonly AttemptUpdate[]): Promise<CallOutcome<AttemptReport>[]> {
    const outcomes = updates.map(async (update): Promise<CallOutcome<AttemptReport>> => {
      const { rolloutId, attemptId, patch } = update;
      try {
        if (update.spans !== undefined) return (await this.#reportTogether([update]))[0]!;
        return {
          value: await this.#calls.call(operations.updateAttempt, { params: { rolloutId, attemptId }, body: patch }),
        };
      } catch (error) {
        return { error };
      }
    });
    return Promise.all(outcomes);
  }

  async waitForRollouts(options: WaitForRolloutsOptions): Promise<Rollout[]> {
    const { rolloutIds, timeoutSeconds = null, minDone = rolloutIds.length, signal } = options;
    const end = timeoutSeconds === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutSeconds * 1000;
    const distinct = new Set(rolloutIds);
    if (minDone < distinct.size) await this.#calls.learnFeatures(signal);
    const sliceMs = minDone < distinct.size && !this.#calls.features.has('wait-min-done') ? 0 : SLICE_MS;
    const stop = linkSignals(this.#calls.closing, signal);
    try {
      for (;;) {
        const waitMs = Math.max(0, Math.min(end - performance.now(), sliceMs));
        const body = { rolloutIds, timeout: waitMs / 1000, minDone };
        const done = await this.#calls.call(operations.waitForRollouts, { body }, { waitMs, signal: stop.signal });
        const count = new Set(done.map(({ rolloutId }) => rolloutId)).size;
        if (performance.now() >= end || count >= Math.min(minDone, distinct.size)) return done;
        // Nobody waits for what does not exist.
        const { total } = await this.queryRollouts({ rolloutIdIn: [...distinct], limit: 0 });
        if (count >= Math.min(minDone, total)) return done;
        if (sliceMs === 0) await pause(Math.min(end - performance.now(), SHORT_POLL_MS), stop.signal);
      }
    } finally {
      stop.unlink();
    }
  }

  async addSpan(span: SpanInput): Promise<Span | undefined> {
    if (hasSequenceId(span)) return this.#calls.call(operations.addSpan, { body: span });
    const [stored] = await this.addManySpans([span]);
    return stored;
  }

  async addManySpans(spans: readonly SpanInput[]): Promise<Span[]> {
    if (spans.length === 0) return [];
    await this.#calls.learnFeatures();
    if (!this.#calls.features.has('span-batch')) return this.#addOneByOne(spans);
    const { stored } = await this.#calls.call(operations.addSpans, { body: { spans } });
    return stored.map(({ index, sequenceId }) => ({ ...(copyJson(spans[index]) as SpanInput), sequenceId }));
  }

  querySpans(query: SpanQuery): Promise<Page<Span>> {
    return this.#page(query, (body) => this.#calls.call(operations.searchSpans, { body }));
  }

  async getNextSpanSequenceId(rolloutId: string, attemptId: string): Promise<number> {
    const { sequenceId } = await this.#calls.call(operations.nextSequenceId, { body: { rolloutId, attemptId } });
    return sequenceId;
  }

  async getManySpanSequenceIds(requests: readonly SequenceIdRequest[]): Promise<number[]> {
    if (requests.length === 0) return [];
    await this.#calls.learnFeatures();
    if (this.#calls.features.has('sequence-id-batch')) {
      return (await this.#calls.call(operations.nextSequenceIds, { body: { requests } })).sequenceIds;
    }
    const ids: number[] = [];
    for (const { rolloutId, attemptId } of requests) ids.push(await this.getNextSpanSequenceId(rolloutId, attemptId));
    return ids;
  }

  addResources(resources: NamedResources): Promise<ResourcesUpdate> {
    // Under an id of our own it may be sent again: identical content changes nothing.
    return this.updateResources(newResourcesId(), resources);
  }

  updateResources(
    resourcesId: string,
    resources: NamedResources,
    { countIdentical = false }: UpdateResourcesOptions = {},
  ): Promise<ResourcesUpdate> {
    const operation = countIdentical ? operations.countResources : operations.updateResources;
    const query = { unlessIdentical: !countIdentical };
    return this.#calls.call(operation, { params: { resourcesId }, query, body: resources });
  }

  queryResources(query: ResourcesQuery = {}): Promise<Page<ResourcesUpdate>> {
    return this.#page(query, (given) => this.#calls.call(operations.listResources, { query: given }));
  }

  getResourcesById(resourcesId: string): Promise<ResourcesUpdate | undefined> {
    return this.#calls.call(operations.getResources, { params: { resourcesId } });
  }

  getLatestResources(): Promise<ResourcesUpdate | undefined> {
    return this.#calls.call(operations.getLatestResources, {});
  }

  queryWorkers(query: WorkerQuery = {}): Promise<Page<Worker>> {
    return this.#page(query, (body) => this.#calls.call(operations.searchWorkers, { body }));
  }

  getWorkerById(workerId: string): Promise<Worker | undefined> {
    return this.#calls.call(operations.getWorker, { params: { workerId } });
  }

  updateWorker(workerId: string, heartbeat: WorkerHeartbeat = {}): Promise<WorkerHeartbeatReply> {
    return this.#calls.call(operations.updateWorker, { params: { workerId }, body: heartbeat });
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  #searchRollouts(query: RolloutQuery): Promise<Page<Rollout | AttemptedRollout>> {
    return this.#page(query, (body) => this.#calls.call(operations.searchRollouts, { body })) as Promise<
      Page<Rollout | AttemptedRollout>
    >;
  }

  /** HTTP has no page of none: one item is asked for and dropped. */
  async #page<Q extends { readonly limit?: number }, T>(
    query: Q,
    ask: (query: Q) => Promise<Page<T>>,
  ): Promise<Page<T>> {
    if (query.limit !== 0) return ask(query);
    const { offset, total } = await ask({ ...query, limit: 1 });
    return new Page<T>([], { limit: 0, offset, total });
  }

  async #addOneByOne(spans: readonly SpanInput[]): Promise<Span[]> {
    const stored: Span[] = [];
    const unknown: { rolloutId: string; attemptId: string; spanId: string }[] = [];
    let failure: LightningError | undefined;
    for (const span of spans) {
      const { rolloutId, attemptId, spanId } = span;
      try {
        const sequenceId = span.sequenceId ?? (await this.getNextSpanSequenceId(rolloutId, attemptId));
        const added = await this.#calls.call(operations.addSpan, { body: { ...span, sequenceId } });
        if (added !== undefined) stored.push(added);
      } catch (error) {
        if (!isLightningError(error, 'NOT_FOUND')) throw error;
        failure ??= error;
        unknown.push({ rolloutId, attemptId, spanId });
      }
    }
    if (failure !== undefined) {
      throw new LightningError('NOT_FOUND', failure.message, { cause: failure, details: { unknown } });
    }
    return stored;
  }
}

/** Whether a query asks for what upstream's server would take no notice of. */
function hasAddition(query: RolloutQuery): boolean {
  const { sortBy } = query;
  return (
    sortBy === 'attempts' || sortBy === 'duration' || ADDED_ROLLOUT_FILTERS.some((name) => query[name] !== undefined)
  );
}

/** Answers a query from all rollouts that a server has. */
function selectHere(query: RolloutQuery, all: Page<Rollout | AttemptedRollout>): Page<Rollout | AttemptedRollout> {
  const byId = new Map(all.items.map((rollout) => [rollout.rolloutId, rollout]));
  const queried = all.items.map((rollout) =>
    queriedRollout(rollout, 'attempt' in rollout ? rollout.attempt : undefined),
  );
  const page = selectPage(queried, { ...query, conditions: rolloutConditions(query), sortKinds: ROLLOUT_SORT_KINDS });
  return new Page(
    page.items.flatMap(({ rolloutId }) => byId.get(rolloutId) ?? []),
    page,
  );
}

function withRolloutId<T extends EnqueueRolloutRequest>(request: T): T {
  return request.rolloutId === undefined ? { ...request, rolloutId: newRolloutId() } : request;
}

function refusedReport(error: ReportBatchItem['error']): LightningError {
  const { code, message, details } = error ?? { code: 'INTERNAL', message: 'The store gave no result', details: {} };
  return errorFromWire({ code: code as LightningErrorCode, message, details, name: 'LightningError' });
}

function hasSequenceId(span: SpanInput): span is Span {
  return span.sequenceId !== null;
}
