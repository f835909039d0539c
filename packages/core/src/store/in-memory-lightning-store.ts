import { isDeepStrictEqual } from 'node:util';
import { type Logger, silentLogger } from '../logging/logger.ts';
import { refuseUnknownOptions } from '../options/check-options.ts';
import { type NamedResources, namedResourcesToWire } from '../resource/resource.ts';
import type { Attempt } from '../rollout/attempt.ts';
import { deadlineOf } from '../rollout/deadline.ts';
import { newAttemptId, newResourcesId, newRolloutId } from '../rollout/ids.ts';
import { type AttemptedRollout, isTerminal, type Rollout } from '../rollout/rollout.ts';
import { type RolloutEvent, type Transition, transitionRollout } from '../rollout/transition.ts';
import type { Worker } from '../rollout/worker.ts';
import { applyWorkerEffect, type WorkerEffect } from '../rollout/worker-effect.ts';
import type { Span, SpanInput } from '../span/span.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { type BookedClaim, ClaimBook } from './claim-book.ts';
import { checkClaimId } from './claim-id.ts';
import { copyAttempt, copyRollout, copySpan } from './copy-records.ts';
import { DeadlineWatch } from './deadline-watch.ts';
import { cloneJson, copyJson } from './json-copy.ts';
import { LeftOutClaims } from './left-out-claims.ts';
import type {
  AddSpansOptions,
  AttemptPatch,
  AttemptReport,
  DequeueManyOptions,
  DequeueOptions,
  EnqueueRolloutRequest,
  LightningStore,
  ReportOptions,
  RolloutChange,
  RolloutPatch,
  SequenceIdRequest,
  StartAttemptOptions,
  StartRolloutRequest,
  StoreCapabilities,
  StoreStatistics,
  UpdateResourcesOptions,
  WaitForRolloutsOptions,
  WorkerHeartbeat,
  WorkerHeartbeatReply,
} from './lightning-store.ts';
import { Page } from './page.ts';
import { type ClaimRequest, ParkedClaims } from './parked-claims.ts';
import { checkPaging, selectPage } from './query-evaluation.ts';
import {
  ADDED_ROLLOUT_FILTERS,
  ATTEMPT_SORT_KINDS,
  queriedRollout,
  RESOURCES_SORT_KINDS,
  ROLLOUT_SORT_KINDS,
  resourcesConditions,
  rolloutConditions,
  SPAN_SORT_KINDS,
  spanConditions,
  WORKER_SORT_KINDS,
  workerConditions,
} from './record-queries.ts';
import { copySpans, copySpansOf } from './report-spans.ts';
import type { ResourcesUpdate } from './resources-update.ts';
import { RolloutNews } from './rollout-news.ts';
import {
  checkChosenId,
  copyRecord,
  isSameRequest,
  newRollout,
  type ResolvedRolloutRequest,
  resolveAttemptPatch,
  resolveRolloutPatch,
  resolveRolloutRequest,
} from './rollout-request.ts';
import { type AttemptRow, type RolloutRow, RolloutTable } from './rollout-table.ts';
import { RolloutWaiters, waitAborted } from './rollout-waiters.ts';
import { SpanBudget, type SpanBudgetOptions } from './span-budget.ts';
import {
  checkClaimLimit,
  checkResources,
  storeClosing,
  takenAttemptId,
  takenRolloutId,
  unknownAttempt,
  unknownRollout,
  unknownSpans,
} from './store-failures.ts';
import type { AttemptQuery, ResourcesQuery, RolloutQuery, SpanQuery, WorkerQuery } from './store-query.ts';

/** Options of {@link InMemoryLightningStore}. */
export interface InMemoryLightningStoreOptions extends SpanBudgetOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
}

const OPTION_NAMES = [
  'clock',
  'logger',
  'memoryCapacityBytes',
  'evictionMemoryThreshold',
  'safeMemoryThreshold',
  'estimateSpanBytes',
] as const satisfies readonly (keyof InMemoryLightningStoreOptions)[];

/**
 * A store in the memory of one process. Nothing survives the process; nobody else can use it, except through the HTTP
 * server.
 *
 * Every operation happens within one turn of the event loop, so each is atomic and no two overlap. Each costs at most
 * O(log n) in what the store holds, apart from queries that filter by substring, sort, or ask for everything. Deadlines
 * are enforced by a timer, without traffic. When spans take too much memory, those of ended rollouts are dropped,
 * oldest first; a page then says `evicted`.
 *
 * Mirrors upstream `InMemoryLightningStore` (v0.3.0).
 *
 * @throws RangeError if a memory threshold is out of range
 */
export class InMemoryLightningStore implements LightningStore {
  readonly capabilities: StoreCapabilities = Object.freeze({ shared: false, durable: false, otlpTraces: true });

  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #madeAt: number;
  readonly #rollouts = new RolloutTable();
  readonly #workers = new Map<string, Worker>();
  readonly #resources = new Map<string, ResourcesUpdate>();
  #latestResources: ResourcesUpdate | undefined;
  readonly #sequenceIds = new Map<string, number>();
  readonly #budget: SpanBudget<RolloutRow>;
  #totalAttempts = 0;
  #totalSpans = 0;

  readonly #watch: DeadlineWatch<RolloutRow>;
  readonly #parked: ParkedClaims<AttemptedRollout>;
  readonly #claims = new ClaimBook();
  readonly #leftOut = new LeftOutClaims();
  readonly #waiters: RolloutWaiters;
  readonly #news: RolloutNews;
  #isClosed = false;

  constructor(options: InMemoryLightningStoreOptions = {}) {
    refuseUnknownOptions('Cannot create the in-memory store', options, OPTION_NAMES);
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#madeAt = this.#clock.now();
    this.#budget = new SpanBudget(options);
    this.#watch = new DeadlineWatch(this.#clock, () => this.#applyDeadlines(this.#clock.now()));
    this.#parked = new ParkedClaims(this.#clock);
    this.#waiters = new RolloutWaiters(this.#clock);
    this.#news = new RolloutNews(this.#logger);
  }

  async statistics(): Promise<StoreStatistics> {
    const now = this.#enter();
    return {
      name: 'InMemoryLightningStore',
      totalRollouts: this.#rollouts.size,
      totalAttempts: this.#totalAttempts,
      totalSpans: this.#totalSpans,
      totalResources: this.#resources.size,
      totalWorkers: this.#workers.size,
      uptime: now - this.#madeAt,
      totalSpanBytes: this.#budget.usedBytes,
      evictionThresholdBytes: this.#budget.evictionBytes,
      safeThresholdBytes: this.#budget.safeBytes,
      memoryCapacityBytes: this.#budget.capacityBytes,
    };
  }

  async startRollout(request: StartRolloutRequest): Promise<AttemptedRollout> {
    const now = this.#enter();
    const resolved = resolveRolloutRequest(request, 'start');
    const known = this.#findRepeated(resolved);
    if (known?.latest !== undefined) return copyAttempted(known.rollout, known.latest.attempt);
    const row = this.#addRollout(resolved, 'preparing', now);
    const claimed = this.#claim(row, request.workerId ?? undefined, false, now);
    this.#settle(now);
    return claimed;
  }

  async enqueueRollout(request: EnqueueRolloutRequest): Promise<Rollout> {
    const [rollout] = await this.enqueueManyRollouts([request]);
    return rollout as Rollout;
  }

  async enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
    const now = this.#enter();
    const batch = requests.map((request) => resolveRolloutRequest(request, 'queue'));
    this.#checkBatch(batch);
    const rows = batch.map((request) => this.#findRepeated(request) ?? this.#addRollout(request, 'queuing', now));
    const rollouts = rows.map((row) => copyRollout(row.rollout));
    this.#settle(now);
    return rollouts;
  }

  async dequeueRollout(options: DequeueOptions = {}): Promise<AttemptedRollout | undefined> {
    const [claimed] = await this.dequeueManyRollouts({ ...options, limit: 1 });
    return claimed;
  }

  async dequeueManyRollouts(options: DequeueManyOptions = {}): Promise<AttemptedRollout[]> {
    const { limit = 1, workerId, waitMs = 0, signal, claimId } = options;
    checkClaimLimit(limit);
    checkClaimId(claimId);
    if (limit <= 0) return [];
    const now = this.#enter();
    if (signal?.aborted) return [];
    const known = claimId === undefined ? undefined : this.#claims.find(claimId, workerId);
    if (known !== undefined) return known.flatMap(copyLatestClaim);
    const claims: AttemptedRollout[] = [];
    while (claims.length < limit) {
      const claimed = this.#claimNext({ workerId, claimId }, now);
      if (claimed === undefined) break;
      claims.push(claimed);
    }
    const waits = claims.length === 0 && waitMs > 0;
    if (claims.length === 0 && workerId) this.#affect({ type: waits ? 'waits' : 'found-nothing', workerId }, now);
    this.#settle(now);
    return waits ? this.#parked.park({ limit, workerId, waitMs, signal, claimId }) : claims;
  }

  async startAttempt(rolloutId: string, options: StartAttemptOptions = {}): Promise<AttemptedRollout> {
    const { workerId, attemptId } = options;
    checkChosenId('attemptId', attemptId);
    const now = this.#enter();
    const row = this.#find(rolloutId);
    const known = attemptId === undefined ? undefined : row.attempts.get(attemptId)?.attempt;
    if (known !== undefined) {
      if (known.workerId !== (workerId ?? null)) throw takenAttemptId(rolloutId, known.attemptId);
      return copyAttempted(row.rollout, known);
    }
    const claimed = this.#claim(row, workerId ?? undefined, false, now, attemptId);
    this.#settle(now);
    return claimed;
  }

  async queryRollouts(query: RolloutQuery = {}): Promise<Page<Rollout | AttemptedRollout>> {
    this.#enter();
    if (this.#isInStorageOrder(query)) {
      const { limit, offset } = checkPaging(query);
      const { statusIn, sortBy, sortOrder = 'asc' } = query;
      const order = sortBy === undefined ? 'asc' : sortOrder;
      const rows = this.#rollouts.order.page({ statusIn, order, limit, offset });
      return new Page(rows.map(copyRow), { limit, offset, total: this.#rollouts.order.count(statusIn) });
    }
    const conditions = rolloutConditions(query);
    const candidates = this.#candidates(query).map((row) => queriedRollout(row.rollout, row.latest?.attempt));
    const page = selectPage(candidates, { ...query, conditions, sortKinds: ROLLOUT_SORT_KINDS });
    return new Page(
      page.items.map(({ rolloutId }) => copyRow(this.#find(rolloutId))),
      page,
    );
  }

  async getRolloutById(rolloutId: string): Promise<Rollout | AttemptedRollout | undefined> {
    this.#enter();
    const row = this.#rollouts.get(rolloutId);
    return row === undefined ? undefined : copyRow(row);
  }

  async queryAttempts(rolloutId: string, query: AttemptQuery = {}): Promise<Page<Attempt>> {
    this.#enter();
    const rows = this.#rollouts.get(rolloutId)?.attempts.values() ?? [];
    const attempts = Array.from(rows, (row) => row.attempt);
    const { sortBy = 'sequenceId' } = query;
    const page = selectPage(attempts, { ...query, sortBy, conditions: [], sortKinds: ATTEMPT_SORT_KINDS });
    return new Page(page.items.map(copyAttempt), page);
  }

  async getLatestAttempt(rolloutId: string): Promise<Attempt | undefined> {
    this.#enter();
    const latest = this.#rollouts.get(rolloutId)?.latest;
    return latest === undefined ? undefined : copyAttempt(latest.attempt);
  }

  async updateRollout(rolloutId: string, patch: RolloutPatch): Promise<Rollout> {
    const now = this.#enter();
    const changes = resolveRolloutPatch(patch);
    const row = this.#find(rolloutId);
    this.#apply(row, { type: 'rollout-updated', changes }, now);
    const rollout = copyRollout(row.rollout);
    this.#settle(now);
    return rollout;
  }

  async updateAttempt(
    rolloutId: string,
    attemptId: string,
    patch: AttemptPatch,
    { spans = [], handedOver }: ReportOptions = {},
  ): Promise<AttemptReport> {
    const now = this.#enter();
    const changes = resolveAttemptPatch(patch);
    const row = this.#find(rolloutId);
    const target = this.#findAttempt(row, attemptId);
    let stored = 0;
    for (const span of copySpansOf(target.attempt, spans, handedOver)) {
      if (this.#storeSpan(row, target, span) !== undefined) stored += 1;
    }
    if (stored > 0) {
      this.#apply(row, { type: 'span-received', attempt: target.attempt }, now);
      this.#evictSpans();
    }
    const { outcome } = this.#apply(row, { type: 'attempt-reported', attempt: target.attempt, changes }, now);
    const report = { ...copyAttempt(target.attempt), outcome };
    this.#settle(now);
    return report;
  }

  async waitForRollouts(options: WaitForRolloutsOptions): Promise<Rollout[]> {
    this.#enter();
    const { rolloutIds, timeoutSeconds = null, minDone, signal } = options;
    if (signal?.aborted) throw waitAborted(signal);
    const known = [...new Set(rolloutIds)].filter((rolloutId) => this.#rollouts.get(rolloutId) !== undefined);
    const ended = known.filter((rolloutId) => this.#endedRollout(rolloutId) !== undefined).length;
    const wanted = Math.min(minDone ?? known.length, known.length);
    if (ended < wanted && (timeoutSeconds === null || timeoutSeconds > 0)) {
      await this.#waiters.wait({
        rolloutIds: known,
        ended,
        minDone: wanted,
        timeoutSeconds: timeoutSeconds ?? undefined,
        signal,
      });
    }
    return rolloutIds.flatMap((rolloutId) => this.#endedRollout(rolloutId) ?? []).map(copyRollout);
  }

  async addSpan(span: SpanInput): Promise<Span | undefined> {
    const now = this.#enter();
    const { stored, unknown } = this.#storeSpans([copyJson(span, 'span') as SpanInput], now);
    if (unknown.length > 0) throw unknownSpans(unknown, this.#rollouts.get(span.rolloutId) !== undefined);
    return stored.map(copySpan)[0];
  }

  async addManySpans(spans: readonly SpanInput[], { handedOver = false }: AddSpansOptions = {}): Promise<Span[]> {
    const now = this.#enter();
    const { stored, unknown } = this.#storeSpans(copySpans(spans, handedOver), now);
    const [first] = unknown;
    if (first !== undefined) throw unknownSpans(unknown, this.#rollouts.get(first.rolloutId) !== undefined);
    return handedOver ? stored : stored.map(copySpan);
  }

  async querySpans(query: SpanQuery): Promise<Page<Span>> {
    this.#enter();
    const row = this.#rollouts.get(query.rolloutId);
    const attempts = row === undefined ? [] : attemptsInScope(row, query.attemptId);
    const spans = attempts.flatMap((attempt) => [...attempt.spans.values()]);
    const page = selectPage(spans, {
      ...query,
      sortBy: query.sortBy === undefined ? 'sequenceId' : query.sortBy,
      conditions: spanConditions(query),
      sortKinds: SPAN_SORT_KINDS,
    });
    return new Page(page.items.map(copySpan), { ...page, evicted: row?.hasEvictedSpans ?? false });
  }

  async getNextSpanSequenceId(rolloutId: string, _attemptId: string): Promise<number> {
    this.#enter();
    return this.#nextSequenceId(rolloutId);
  }

  async getManySpanSequenceIds(requests: readonly SequenceIdRequest[]): Promise<number[]> {
    this.#enter();
    return requests.map(({ rolloutId }) => this.#nextSequenceId(rolloutId));
  }

  async addResources(resources: NamedResources): Promise<ResourcesUpdate> {
    const now = this.#enter();
    return this.#putResources({
      resourcesId: newResourcesId(),
      createTime: now,
      updateTime: now,
      version: 1,
      resources: checkResources(resources),
    });
  }

  async updateResources(
    resourcesId: string,
    resources: NamedResources,
    options: UpdateResourcesOptions = {},
  ): Promise<ResourcesUpdate> {
    const now = this.#enter();
    const checked = checkResources(resources);
    const known = this.#resources.get(resourcesId);
    if (known === undefined) {
      return this.#putResources({ resourcesId, createTime: now, updateTime: now, version: 1, resources: checked });
    }
    const isIdentical = isDeepStrictEqual(namedResourcesToWire(known.resources), namedResourcesToWire(checked));
    if (isIdentical && options.countIdentical !== true) return this.#putResources(known);
    return this.#putResources({ ...known, updateTime: now, version: known.version + 1, resources: checked });
  }

  async queryResources(query: ResourcesQuery = {}): Promise<Page<ResourcesUpdate>> {
    this.#enter();
    const page = selectPage(this.#resources.values(), {
      ...query,
      conditions: resourcesConditions(query),
      sortKinds: RESOURCES_SORT_KINDS,
    });
    return new Page(page.items.map(copyResources), page);
  }

  async getResourcesById(resourcesId: string): Promise<ResourcesUpdate | undefined> {
    this.#enter();
    const update = this.#resources.get(resourcesId);
    return update === undefined ? undefined : copyResources(update);
  }

  async getLatestResources(): Promise<ResourcesUpdate | undefined> {
    this.#enter();
    return this.#latestResources === undefined ? undefined : copyResources(this.#latestResources);
  }

  async queryWorkers(query: WorkerQuery = {}): Promise<Page<Worker>> {
    this.#enter();
    const page = selectPage(this.#workers.values(), {
      ...query,
      conditions: workerConditions(query),
      sortKinds: WORKER_SORT_KINDS,
    });
    return new Page(page.items.map(cloneJson), page);
  }

  async getWorkerById(workerId: string): Promise<Worker | undefined> {
    this.#enter();
    return cloneJson(this.#workers.get(workerId));
  }

  async updateWorker(workerId: string, heartbeat: WorkerHeartbeat = {}): Promise<WorkerHeartbeatReply> {
    const now = this.#enter();
    const { heartbeatStats, attempts } = heartbeat;
    const stats = heartbeatStats === undefined ? undefined : copyRecord(heartbeatStats, 'heartbeatStats');
    this.#affect({ type: 'heartbeat', workerId, heartbeatStats: stats }, now);
    const fenced = (attempts ?? []).filter(({ rolloutId, attemptId }) => {
      const row = this.#rollouts.get(rolloutId);
      const attempt = row?.attempts.get(attemptId)?.attempt;
      if (row === undefined || attempt === undefined) return true;
      return this.#apply(row, { type: 'heartbeat', attempt }, now).outcome !== 'applied';
    });
    if (attempts !== undefined) this.#checkLeases(workerId, attempts, now);
    const worker = cloneJson(this.#workers.get(workerId) as Worker);
    this.#settle(now);
    return { ...worker, fencedAttemptIds: fenced.map(({ attemptId }) => attemptId) };
  }

  onRolloutChange(listener: (change: RolloutChange) => void): () => void {
    return this.#news.listen(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#parked.close();
    this.#waiters.close(storeClosing());
  }

  /** Begins an operation: @returns the time, after everything that is due by then has happened. */
  #enter(): number {
    if (this.#isClosed) throw storeClosing();
    const now = this.#clock.now();
    this.#applyDeadlines(now);
    return now;
  }

  #applyDeadlines(now: number): void {
    let row = this.#watch.takeDue(now);
    if (row === undefined) return;
    for (; row !== undefined; row = this.#watch.takeDue(now)) this.#apply(row, { type: 'deadline-passed' }, now);
    this.#settle(now);
  }

  /** A worker that says what it executes does not execute what else it claimed. */
  #checkLeases(workerId: string, named: readonly SequenceIdRequest[], now: number): void {
    const namedIds = new Set(named.map(({ attemptId }) => attemptId));
    const leftOut = this.#claims.unconfirmedOf(workerId).filter(({ attemptId }) => !namedIds.has(attemptId));
    const since = this.#leftOut.heard(
      workerId,
      leftOut.map(({ attemptId }) => attemptId),
      now,
    );
    for (const { row, attemptId } of leftOut) {
      const attempt = row.attempts.get(attemptId)?.attempt;
      if (attempt === undefined) continue;
      this.#apply(row, { type: 'not-named', attempt, workerId, leftOutSince: since.get(attemptId) ?? now }, now);
    }
  }

  /** Ends an operation that may have changed something: work to those who wait for it, news to those who listen. */
  #settle(now: number): void {
    this.#parked.deal((request) => this.#claimNext(request, now));
    this.#news.tell();
  }

  /**
   * Lets the rules decide and writes what they say: the only place where a rollout or an attempt that exists changes.
   */
  #apply(row: RolloutRow, event: RolloutEvent, now: number): Transition {
    const state = { rollout: row.rollout, latestAttempt: row.latest?.attempt };
    const result = transitionRollout(state, event, now);
    if (result.attempt !== undefined) this.#writeAttempt(row, result.attempt);
    if (result.rollout !== undefined) this.#writeRollout(row, result.rollout);
    if (result.worker !== undefined) this.#affect(result.worker, now);
    this.#watch.set(row, deadlineOf(row.rollout, row.latest?.attempt));
    return result;
  }

  #writeAttempt(row: RolloutRow, attempt: Attempt): void {
    const known = row.attempts.get(attempt.attemptId);
    if (known !== undefined) {
      known.attempt = attempt;
      return;
    }
    row.latest = { attempt, spans: new Map() };
    row.attempts.set(attempt.attemptId, row.latest);
    this.#totalAttempts += 1;
  }

  #writeRollout(row: RolloutRow, rollout: Rollout): void {
    const from = row.rollout.status;
    const to = rollout.status;
    this.#rollouts.write(row, rollout);
    if (from === to) return;
    this.#news.add({ rolloutId: rollout.rolloutId, from, to });
    if (isTerminal(from) === isTerminal(to)) return;
    this.#budget.setEvictable(row, isTerminal(to) && row.spanBytes > 0);
    if (isTerminal(to)) this.#waiters.ended(rollout.rolloutId);
    else this.#waiters.reopened(rollout.rolloutId);
  }

  #addRollout(request: ResolvedRolloutRequest, status: 'queuing' | 'preparing', now: number): RolloutRow {
    const rolloutId = request.rolloutId ?? newRolloutId();
    const latestResourcesId = this.#latestResources?.resourcesId ?? null;
    const rollout = newRollout(request, { rolloutId, now, latestResourcesId, status });
    const row = this.#rollouts.add(rollout, request.rolloutId === undefined ? undefined : request);
    this.#news.add({ rolloutId, from: null, to: status });
    return row;
  }

  /** The rollout that the same request made before, `undefined` if the id is free. @throws LightningError `CONFLICT` */
  #findRepeated(request: ResolvedRolloutRequest): RolloutRow | undefined {
    const row = request.rolloutId === undefined ? undefined : this.#rollouts.get(request.rolloutId);
    if (row === undefined) return undefined;
    if (row.request === undefined || !isSameRequest(row.request, request)) throw takenRolloutId(row.rollout.rolloutId);
    return row;
  }

  /** All or none: finds every conflict, also within the batch, before anything is written. */
  #checkBatch(batch: readonly ResolvedRolloutRequest[]): void {
    const chosen = new Map<string, ResolvedRolloutRequest>();
    for (const request of batch) {
      this.#findRepeated(request);
      if (request.rolloutId === undefined) continue;
      const twin = chosen.get(request.rolloutId);
      if (twin !== undefined && !isSameRequest(twin, request)) throw takenRolloutId(request.rolloutId);
      chosen.set(request.rolloutId, request);
    }
  }

  #claimNext(
    { workerId, claimId }: Pick<ClaimRequest, 'workerId' | 'claimId'>,
    now: number,
  ): AttemptedRollout | undefined {
    const row = this.#rollouts.nextInQueue;
    if (row === undefined) return undefined;
    const claimed = this.#claim(row, workerId, true, now);
    if (claimId !== undefined) this.#claims.add(claimId, workerId, { row, attemptId: claimed.attempt.attemptId });
    return claimed;
  }

  #claim(
    row: RolloutRow,
    workerId: string | undefined,
    dequeued: boolean,
    now: number,
    attemptId: string = newAttemptId(),
  ): AttemptedRollout {
    const event = { type: 'claimed', attemptId, workerId: workerId ?? null, dequeued } as const;
    const { attempt } = this.#apply(row, event, now);
    return copyAttempted(row.rollout, attempt as Attempt);
  }

  #affect(effect: WorkerEffect, now: number): Worker {
    const worker = applyWorkerEffect(this.#workers.get(effect.workerId), effect, now);
    this.#workers.set(effect.workerId, worker);
    return worker;
  }

  #find(rolloutId: string): RolloutRow {
    const row = this.#rollouts.get(rolloutId);
    if (row === undefined) throw unknownRollout(rolloutId);
    return row;
  }

  #findAttempt(row: RolloutRow, attemptId: string): AttemptRow {
    const { rolloutId } = row.rollout;
    const attempt = attemptId === 'latest' ? row.latest : row.attempts.get(attemptId);
    if (attempt === undefined) throw unknownAttempt(rolloutId, attemptId, row.latest !== undefined);
    return attempt;
  }

  #endedRollout(rolloutId: string): Rollout | undefined {
    const rollout = this.#rollouts.get(rolloutId)?.rollout;
    return rollout !== undefined && isTerminal(rollout.status) ? rollout : undefined;
  }

  /** Whether the page is a part of the order in which rollouts are stored, of all or of some statuses. */
  #isInStorageOrder({ rolloutIdIn, rolloutIdContains, sortBy, ...query }: RolloutQuery): boolean {
    if (rolloutIdIn !== undefined || rolloutIdContains !== undefined) return false;
    if (ADDED_ROLLOUT_FILTERS.some((name) => query[name] !== undefined)) return false;
    return sortBy === undefined || (sortBy === 'startTime' && this.#rollouts.order.isByStartTime);
  }

  /** The rollouts that can match a query, as few as the indexes allow. */
  #candidates({ filterLogic, rolloutIdIn, statusIn }: RolloutQuery): readonly RolloutRow[] {
    const { order } = this.#rollouts;
    if (filterLogic === 'or') return order.rows;
    if (rolloutIdIn !== undefined) return this.#rollouts.withIds(rolloutIdIn);
    return order.page({ statusIn, order: 'asc', offset: 0, limit: -1 });
  }

  /** Stores what is new, in order, and counts it as one sign of life for each attempt that got something. */
  #storeSpans(spans: readonly SpanInput[], now: number): { readonly stored: Span[]; readonly unknown: SpanInput[] } {
    const stored: Span[] = [];
    const unknown: SpanInput[] = [];
    const touched = new Map<AttemptRow, RolloutRow>();
    for (const input of spans) {
      const row = this.#rollouts.get(input.rolloutId);
      const target = row?.attempts.get(input.attemptId);
      if (row === undefined || target === undefined) {
        unknown.push(input);
        continue;
      }
      const span = this.#storeSpan(row, target, input);
      if (span === undefined) continue;
      stored.push(span);
      touched.set(target, row);
    }
    for (const [{ attempt }, row] of touched) this.#apply(row, { type: 'span-received', attempt }, now);
    this.#evictSpans();
    this.#settle(now);
    return { stored, unknown };
  }

  /** @param span - the store's own; it is numbered */
  #storeSpan(row: RolloutRow, target: AttemptRow, span: SpanInput): Span | undefined {
    const { spanId, sequenceId } = span;
    // The rows' own texts, so that a span keeps none of its own alive.
    const { rolloutId } = row.rollout;
    const { attemptId } = target.attempt;
    if (sequenceId !== null) this.#raiseSequenceId(rolloutId, sequenceId);
    if (target.spans.has(spanId)) {
      this.#logger.debug({ rolloutId, attemptId, spanId }, 'Span is stored already');
      return undefined;
    }
    const stored = Object.assign(span, {
      rolloutId,
      attemptId,
      sequenceId: sequenceId ?? this.#nextSequenceId(rolloutId),
    });
    target.spans.set(spanId, stored);
    const bytes = this.#budget.estimate(stored);
    row.spanBytes += bytes;
    this.#budget.add(bytes);
    // One that goes on is none: it becomes one when it ends.
    if (isTerminal(row.rollout.status)) this.#budget.setEvictable(row, true);
    this.#totalSpans += 1;
    return stored;
  }

  #evictSpans(): void {
    for (const row of this.#budget.takeEvicted()) {
      for (const { spans } of row.attempts.values()) {
        this.#totalSpans -= spans.size;
        spans.clear();
      }
      this.#budget.add(-row.spanBytes);
      row.spanBytes = 0;
      row.hasEvictedSpans = true;
      this.#logger.warn({ rolloutId: row.rollout.rolloutId }, 'Dropped the spans of an ended rollout to keep memory');
    }
  }

  #nextSequenceId(rolloutId: string): number {
    const next = (this.#sequenceIds.get(rolloutId) ?? 0) + 1;
    this.#sequenceIds.set(rolloutId, next);
    return next;
  }

  #raiseSequenceId(rolloutId: string, sequenceId: number): void {
    if (sequenceId > (this.#sequenceIds.get(rolloutId) ?? 0)) this.#sequenceIds.set(rolloutId, sequenceId);
  }

  #putResources(update: ResourcesUpdate): ResourcesUpdate {
    this.#resources.set(update.resourcesId, update);
    this.#latestResources = update;
    return copyResources(update);
  }
}

function copyAttempted(rollout: Rollout, attempt: Attempt): AttemptedRollout {
  return { ...copyRollout(rollout), attempt: copyAttempt(attempt) };
}

function copyRow({ rollout, latest }: RolloutRow): Rollout | AttemptedRollout {
  return latest === undefined ? copyRollout(rollout) : copyAttempted(rollout, latest.attempt);
}

/** Nothing if somebody else has claimed the rollout since. */
function copyLatestClaim({ row, attemptId }: BookedClaim): AttemptedRollout[] {
  const { rollout, latest } = row;
  return latest?.attempt.attemptId === attemptId ? [copyAttempted(rollout, latest.attempt)] : [];
}

/** Resources are immutable themselves; only the mapping is copied. */
function copyResources(update: ResourcesUpdate): ResourcesUpdate {
  return { ...update, resources: { ...update.resources } };
}

/** Of several attempts the newest comes first, as upstream stores them. */
function attemptsInScope(row: RolloutRow, attemptId: string | undefined): AttemptRow[] {
  if (attemptId === undefined) return [...row.attempts.values()].reverse();
  const attempt = attemptId === 'latest' ? row.latest : row.attempts.get(attemptId);
  return attempt === undefined ? [] : [attempt];
}
