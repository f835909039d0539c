import {
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
  newResourcesId,
  newRolloutId,
  Page,
  type ResourcesQuery,
  type ResourcesUpdate,
  type Rollout,
  type RolloutPatch,
  type RolloutQuery,
  type SequenceIdRequest,
  type Span,
  type SpanInput,
  type SpanQuery,
  type StartRolloutRequest,
  type StoreCapabilities,
  type StoreStatistics,
  type UpdateResourcesOptions,
  toLightningError,
  type WaitForRolloutsOptions,
  type Worker,
  type WorkerHeartbeat,
  type WorkerHeartbeatReply,
  type WorkerQuery,
} from '@agentlightning/core';
import type { Operation, OperationReply } from '../operation.ts';
import * as operations from '../operations.ts';
import { type ClaimReturns, releaseClaim } from '../release-claim.ts';
import type { AttemptUpdate, DequeueBody, ReportBatchItem } from '../wire/message-codecs.ts';
import { CallBatcher, type CallOutcome } from './call-batcher.ts';
import {
  type LightningStoreClientOptions,
  type ResolvedClientOptions,
  resolveClientOptions,
} from './client-options.ts';
import { copyJson } from './copy-json.ts';
import { type CallInput, type ExchangeOptions, HttpTransport } from './http-transport.ts';
import { linkSignals } from './linked-signal.ts';
import { parkClaim } from './parked-claim.ts';
import { pause } from './pause.ts';
import { withRetries } from './retry.ts';
import { ServerFeatures } from './server-features.ts';

/** Longer waits are asked for in pieces, so that no proxy and no lost connection ends them unnoticed. */
const SLICE_MS = 25_000;
/** A server without long polls is asked this often. */
const SHORT_POLL_MS = 1_000;
/** Calls in flight get this long when the client closes. */
const CLOSE_GRACE_MS = 3_000;

/**
 * A `LightningStore` that is somewhere else: ours or upstream's `LightningStoreServer`.
 *
 * Calls that may be repeated are, while the server cannot be asked; when they fail they fail with `UNAVAILABLE`, never with
 * `undefined` or an empty list. A server that refused a claim as it was closing, and cannot be reached after that, is not waited for: calls fail
 * with `STORE_CLOSING`. What the server lacks of our additions is done in upstream's way, with one warning. Mirrors upstream
 * `LightningStoreClient` (v0.3.0).
 */
export class LightningStoreClient implements LightningStore {
  readonly capabilities: StoreCapabilities = { shared: true, durable: false, otlpTraces: false };
  readonly #options: ResolvedClientOptions;
  readonly #features: ServerFeatures;
  readonly #transport: HttpTransport;
  readonly #closing = new AbortController();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #reports = new CallBatcher((updates: readonly AttemptUpdate[]) => this.#report(updates));
  /** Whether the last claim was refused because the server closes: one that cannot be reached after that is closed, and not away. */
  #isServerClosing = false;
  #closed: Promise<void> | undefined;

  /** @throws TypeError, RangeError for wrong options; nothing is sent yet */
  constructor(options: LightningStoreClientOptions) {
    this.#options = resolveClientOptions(options);
    const { endpoint, logger } = this.#options;
    this.#features = new ServerFeatures(endpoint.origin, logger);
    this.#transport = new HttpTransport({
      ...this.#options,
      onReply: (headers) => this.#features.learn(headers),
    });
  }

  statistics(): Promise<StoreStatistics> {
    return this.#call(operations.statistics, {});
  }

  async startRollout(request: StartRolloutRequest): Promise<AttemptedRollout> {
    return this.#call(operations.startRollout, { body: withRolloutId(request) });
  }

  async enqueueRollout(request: EnqueueRolloutRequest): Promise<Rollout> {
    const [rollout] = await this.enqueueManyRollouts([request]);
    return rollout as Rollout;
  }

  async enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
    if (requests.length === 0) return [];
    return this.#call(operations.enqueueRollouts, { body: { rollouts: requests.map(withRolloutId) } });
  }

  async dequeueRollout(options: DequeueOptions = {}): Promise<AttemptedRollout | undefined> {
    const [rollout] = await this.dequeueManyRollouts({ ...options, limit: 1 });
    return rollout;
  }

  async dequeueManyRollouts(options: DequeueManyOptions = {}): Promise<AttemptedRollout[]> {
    if (this.#closing.signal.aborted) throw closingError('dequeueRollouts');
    if (options.limit !== undefined && options.limit <= 0) return [];
    const stop = linkSignals(this.#closing.signal, options.signal);
    try {
      return await this.#track(this.#claim(options, stop.signal));
    } finally {
      stop.unlink();
    }
  }

  startAttempt(rolloutId: string, options: { readonly workerId?: string | null } = {}): Promise<AttemptedRollout> {
    return this.#call(operations.startAttempt, { params: { rolloutId }, body: options });
  }

  queryRollouts(query: RolloutQuery = {}): Promise<Page<Rollout | AttemptedRollout>> {
    return this.#page(query, (body) => this.#call(operations.searchRollouts, { body })) as Promise<
      Page<Rollout | AttemptedRollout>
    >;
  }

  async getRolloutById(rolloutId: string): Promise<Rollout | AttemptedRollout | undefined> {
    await this.#learnFeatures();
    // Upstream's server answers 500 for a rollout that it does not know; its search just does not find it.
    if (!this.#features.has('rollout-id')) return (await this.queryRollouts({ rolloutIdIn: [rolloutId] })).at(0);
    return this.#call(operations.getRollout, { params: { rolloutId } });
  }

  queryAttempts(rolloutId: string, query: AttemptQuery = {}): Promise<Page<Attempt>> {
    return this.#page(query, (body) => this.#call(operations.searchAttempts, { params: { rolloutId }, body }));
  }

  getLatestAttempt(rolloutId: string): Promise<Attempt | undefined> {
    return this.#call(operations.getLatestAttempt, { params: { rolloutId } });
  }

  updateRollout(rolloutId: string, patch: RolloutPatch): Promise<Rollout> {
    return this.#call(operations.updateRollout, { params: { rolloutId }, body: patch });
  }

  async updateAttempt(rolloutId: string, attemptId: string, patch: AttemptPatch): Promise<AttemptReport> {
    await this.#learnFeatures();
    return this.#reports.call({ rolloutId, attemptId, patch });
  }

  /** Reports that are made at the same time share a request, if the server knows how. */
  async #report(updates: readonly AttemptUpdate[]): Promise<CallOutcome<AttemptReport>[]> {
    const single = ({ rolloutId, attemptId, patch }: AttemptUpdate): Promise<AttemptReport> =>
      this.#call(operations.updateAttempt, { params: { rolloutId, attemptId }, body: patch });
    const oneByOne = async (): Promise<CallOutcome<AttemptReport>[]> =>
      (await Promise.allSettled(updates.map(single))).map((result) =>
        result.status === 'fulfilled' ? { value: result.value } : { error: result.reason as unknown },
      );
    if (updates.length === 1 || !this.#features.has('report-batch')) return oneByOne();
    try {
      const { results } = await this.#call(operations.updateAttempts, { body: { reports: updates } });
      return results.map(({ report, error }) =>
        report === undefined ? { error: refusedReport(error) } : { value: report },
      );
    } catch (error) {
      // One report that cannot be written as JSON must not take the others along.
      if (isLightningError(error, 'INVALID_ARGUMENT')) return oneByOne();
      throw error;
    }
  }

  async waitForRollouts(options: WaitForRolloutsOptions): Promise<Rollout[]> {
    const { rolloutIds, timeoutSeconds = null, minDone = rolloutIds.length, signal } = options;
    const end = timeoutSeconds === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutSeconds * 1000;
    const distinct = new Set(rolloutIds);
    if (minDone < distinct.size) await this.#learnFeatures();
    const sliceMs = minDone < distinct.size && !this.#features.has('wait-min-done') ? 0 : SLICE_MS;
    const stop = linkSignals(this.#closing.signal, signal);
    try {
      for (;;) {
        const waitMs = Math.max(0, Math.min(end - performance.now(), sliceMs));
        const body = { rolloutIds, timeout: waitMs / 1000, minDone };
        const done = await this.#call(operations.waitForRollouts, { body }, { waitMs, signal: stop.signal });
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
    if (hasSequenceId(span)) return this.#call(operations.addSpan, { body: span });
    const [stored] = await this.addManySpans([span]);
    return stored;
  }

  async addManySpans(spans: readonly SpanInput[]): Promise<Span[]> {
    if (spans.length === 0) return [];
    await this.#learnFeatures();
    if (!this.#features.has('span-batch')) return this.#addOneByOne(spans);
    const { stored } = await this.#call(operations.addSpans, { body: { spans } });
    return stored.map(({ index, sequenceId }) => ({ ...(copyJson(spans[index]) as SpanInput), sequenceId }));
  }

  querySpans(query: SpanQuery): Promise<Page<Span>> {
    return this.#page(query, (body) => this.#call(operations.searchSpans, { body }));
  }

  async getNextSpanSequenceId(rolloutId: string, attemptId: string): Promise<number> {
    const { sequenceId } = await this.#call(operations.nextSequenceId, { body: { rolloutId, attemptId } });
    return sequenceId;
  }

  async getManySpanSequenceIds(requests: readonly SequenceIdRequest[]): Promise<number[]> {
    if (requests.length === 0) return [];
    await this.#learnFeatures();
    if (this.#features.has('sequence-id-batch')) {
      return (await this.#call(operations.nextSequenceIds, { body: { requests } })).sequenceIds;
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
    const query = { unlessIdentical: !countIdentical };
    return this.#call(operations.updateResources, { params: { resourcesId }, query, body: resources });
  }

  queryResources(query: ResourcesQuery = {}): Promise<Page<ResourcesUpdate>> {
    return this.#page(query, (given) => this.#call(operations.listResources, { query: given }));
  }

  getResourcesById(resourcesId: string): Promise<ResourcesUpdate | undefined> {
    return this.#call(operations.getResources, { params: { resourcesId } });
  }

  getLatestResources(): Promise<ResourcesUpdate | undefined> {
    return this.#call(operations.getLatestResources, {});
  }

  queryWorkers(query: WorkerQuery = {}): Promise<Page<Worker>> {
    return this.#page(query, (body) => this.#call(operations.searchWorkers, { body }));
  }

  getWorkerById(workerId: string): Promise<Worker | undefined> {
    return this.#call(operations.getWorker, { params: { workerId } });
  }

  updateWorker(workerId: string, heartbeat: WorkerHeartbeat = {}): Promise<WorkerHeartbeatReply> {
    return this.#call(operations.updateWorker, { params: { workerId }, body: heartbeat });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    const late = new AbortController();
    await Promise.race([Promise.allSettled(this.#inFlight), pause(CLOSE_GRACE_MS, late.signal)]);
    late.abort();
    await this.#transport.close();
  }

  /** Asks for work, slice by slice, until there is some, the time is up, or `stop` is aborted. */
  async #claim(
    { limit = 1, workerId, waitMs = 0 }: DequeueManyOptions,
    stop: AbortSignal,
  ): Promise<AttemptedRollout[]> {
    const end = performance.now() + waitMs;
    while (!stop.aborted) {
      const left = Math.max(0, end - performance.now());
      const body = { limit, waitMs: Math.min(left, SLICE_MS), ...(workerId === undefined ? {} : { workerId }) };
      const claimed = await this.#park(body, stop);
      if (stop.aborted) await this.#giveBack(claimed);
      else if (claimed.length > 0) return claimed;
      const rest = end - performance.now();
      if (rest <= 0) break;
      if (!this.#features.has('dequeue-wait')) await pause(Math.min(rest, SHORT_POLL_MS), stop);
    }
    return [];
  }

  async #park(body: DequeueBody, stop: AbortSignal): Promise<AttemptedRollout[]> {
    try {
      const claimed = await parkClaim(this.#transport, body, stop);
      this.#isServerClosing = false;
      return claimed;
    } catch (error) {
      if (isLightningError(error, 'STORE_CLOSING')) this.#isServerClosing = true;
      throw error;
    }
  }

  /** One call by the rules of its operation: repeated if it may be, refused once the client closes. */
  async #call<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    exchange: ExchangeOptions = {},
  ): Promise<OperationReply<O>> {
    if (operation.repeat === 'keyed') await this.#learnFeatures();
    const mayRepeat = operation.repeat === 'safe' || (operation.repeat === 'keyed' && this.#features.has('rollout-id'));
    return this.#track(this.#send(operation, input, exchange, mayRepeat));
  }

  async #send<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    exchange: ExchangeOptions,
    mayRepeat: boolean,
  ): Promise<OperationReply<O>> {
    if (this.#closing.signal.aborted) throw closingError(operation.name);
    const signal = exchange.signal ?? this.#closing.signal;
    try {
      return await withRetries(() => this.#exchange(operation, input, exchange), {
        budgetMs: mayRepeat ? this.#options.retryBudgetMs : 0,
        signal,
      });
    } catch (error) {
      // Whatever the call met on its way, it ended because it was stopped.
      if (signal.aborted && isLightningError(error) && ['ABORTED', 'UNAVAILABLE'].includes(error.code)) {
        if (this.#closing.signal.aborted) throw closingError(operation.name, error);
        throw new LightningError('ABORTED', `Call '${operation.name}' was stopped`, { cause: error });
      }
      throw error;
    }
  }

  async #exchange<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    exchange: ExchangeOptions,
  ): Promise<OperationReply<O>> {
    try {
      return await this.#transport.exchange(operation, input, exchange);
    } catch (error) {
      if (!this.#isServerClosing || !isLightningError(error, 'UNAVAILABLE')) throw error;
      throw new LightningError('STORE_CLOSING', `Cannot ${operation.name}: the store has closed`, { cause: error });
    }
  }

  /** Asks for the server's additions if no reply told them yet. */
  async #learnFeatures(): Promise<void> {
    if (!this.#features.isKnown) await this.#call(operations.health, {});
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
        const added = await this.#call(operations.addSpan, { body: { ...span, sequenceId } });
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

  async #giveBack(claimed: readonly AttemptedRollout[]): Promise<void> {
    // Also while the client closes, so not through the public methods.
    const store: ClaimReturns = {
      getRolloutById: (rolloutId) => this.#transport.exchange(operations.getRollout, { params: { rolloutId } }),
      updateAttempt: (rolloutId, attemptId, body) =>
        this.#transport.exchange(operations.updateAttempt, { params: { rolloutId, attemptId }, body }),
      updateRollout: (rolloutId, body) =>
        this.#transport.exchange(operations.updateRollout, { params: { rolloutId }, body }),
    };
    for (const { rolloutId, attempt } of claimed) {
      try {
        await releaseClaim(store, rolloutId, attempt.attemptId);
      } catch (error) {
        // Who stopped waiting is told what is true for them, that they have nothing.
        this.#options.logger.error({ rolloutId, err: toLightningError(error) }, 'A claim could not be given back');
      }
    }
  }

  /** Remembers a call so that closing can wait for it. */
  async #track<T>(call: Promise<T>): Promise<T> {
    this.#inFlight.add(call);
    try {
      return await call;
    } finally {
      this.#inFlight.delete(call);
    }
  }
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

function closingError(action: string, cause?: LightningError): LightningError {
  return new LightningError('STORE_CLOSING', `Cannot ${action}: the store client is closed`, { cause });
}
