import {
  type AddSpansOptions,
  ATTEMPT_SORT_KINDS,
  type Attempt,
  type AttemptedRollout,
  type AttemptPatch,
  type AttemptQuery,
  type AttemptReport,
  copyJson,
  type DequeueManyOptions,
  type DequeueOptions,
  type EnqueueRolloutRequest,
  failpoint,
  type LightningStore,
  type NamedResources,
  Page,
  type ReportOptions,
  type ResourcesQuery,
  type ResourcesUpdate,
  type Rollout,
  type RolloutChange,
  type RolloutPatch,
  type RolloutQuery,
  type RunRecordKeeper,
  resolveAttemptPatch,
  resolveRolloutPatch,
  resolveRolloutRequest,
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
  WORKER_SORT_KINDS,
  type Worker,
  type WorkerHeartbeat,
  type WorkerHeartbeatReply,
  type WorkerQuery,
  workerConditions,
} from '@agentlightning/core';
import {
  checkChosenId,
  checkClaimId,
  checkClaimLimit,
  checkResources,
  copyRecord,
  copySpans,
  copySpansOf,
  LeftOutClaims,
  takenAttemptId,
} from '@agentlightning/core/store-kit';
import { addSpans } from './span-ingest.ts';
import { resolveOptions, type SqliteLightningStoreOptions } from './sqlite-store-options.ts';
import type { StoreEngine } from './store-engine.ts';
import { waitForRollouts } from './wait-for-rollouts.ts';

/**
 * A store in one SQLite file. What it has acknowledged is on disk and is there after the process was killed.
 *
 * One process owns the file: a second one is told so, and may read along with `readOnly`. Every operation is one
 * transaction; those that arrive together share a commit, one that is alone is committed at once. Point, queue and
 * first-page operations do not grow with what has ended. Deadlines are enforced by a timer, without traffic; while the store
 * was closed nobody could show a sign of life, so silence is counted from the opening on, and what was in work then runs out of its time half a minute and
 * `unresponsiveSeconds` later at the earliest.
 */
export class SqliteLightningStore implements LightningStore {
  readonly capabilities: StoreCapabilities = Object.freeze({ shared: false, durable: true, otlpTraces: true });
  readonly runRecords: RunRecordKeeper = {
    load: async (runId, kind) => this.#engine.read(() => this.#engine.runRecords.load(runId, kind)),
    put: async (runId, records) =>
      this.#engine.write(() => {
        for (const record of records) this.#engine.runRecords.put(runId, record);
      }),
  };
  readonly #engine: StoreEngine;
  readonly #leftOut = new LeftOutClaims();
  #closing: Promise<void> | undefined;
  readonly #backups = new Set<Promise<unknown>>();

  private constructor(engine: StoreEngine) {
    this.#engine = engine;
  }

  /**
   * Opens a store, and makes its file if there is none.
   *
   * @throws TypeError or RangeError for a wrong option; LightningError `STORE_IN_USE` if another process owns the file,
   *   `STORE_UNREADABLE` if it is damaged, foreign, or of a newer version, `UNAVAILABLE` if it cannot be written,
   *   `NOT_FOUND` if there is nothing to read
   * @example
   * ```ts
   * const store = await SqliteLightningStore.open({ path: 'runs/my-run/store.db' });
   * ```
   */
  static async open(options: SqliteLightningStoreOptions): Promise<SqliteLightningStore> {
    const resolved = resolveOptions(options);
    // Here and not above: most threads that load this package run agents, and open no file.
    const { openEngine } = await import('./open-engine.ts');
    return SqliteLightningStore.over(openEngine(resolved));
  }

  /**
   * A store on an engine that runs; it closes the engine.
   * @internal
   */
  static over(engine: StoreEngine): SqliteLightningStore {
    return new SqliteLightningStore(engine);
  }

  /** The file, as an absolute path without symbolic links. */
  get path(): string {
    return this.#engine.path;
  }

  async statistics(): Promise<StoreStatistics> {
    const { counts } = this.#engine;
    return this.#engine.read((now) => ({
      name: 'SqliteLightningStore',
      totalRollouts: counts.rollouts,
      totalAttempts: counts.of('attempts'),
      totalSpans: counts.of('spans'),
      totalResources: counts.of('resources'),
      totalWorkers: counts.of('workers'),
      uptime: now - this.#engine.openedAt,
      totalEvictedRollouts: counts.of('evicted'),
      contentBytes: this.#engine.contentBytes(),
    }));
  }

  async startRollout(request: StartRolloutRequest): Promise<AttemptedRollout> {
    this.#engine.check();
    const resolved = resolveRolloutRequest(request, 'start');
    const { rollouts } = this.#engine;
    return this.#engine.write((now) => {
      const known = rollouts.findRepeated(resolved);
      if (known?.latest !== undefined) return rollouts.attempted(known);
      this.#engine.refuseIfFull();
      const row = known ?? rollouts.add(resolved, 'preparing', now).row;
      rollouts.claim(row, { workerId: request.workerId ?? null, dequeued: false }, now);
      return rollouts.attempted(row);
    });
  }

  async enqueueRollout(request: EnqueueRolloutRequest): Promise<Rollout> {
    const [rollout] = await this.enqueueManyRollouts([request]);
    return rollout as Rollout;
  }

  async enqueueManyRollouts(requests: readonly EnqueueRolloutRequest[]): Promise<Rollout[]> {
    this.#engine.check();
    const batch = requests.map((request) => resolveRolloutRequest(request, 'queue'));
    const { rollouts } = this.#engine;
    return this.#engine.write((now) => {
      const known = rollouts.checkBatch(batch);
      if (known < batch.length) this.#engine.refuseIfFull();
      return batch.map((request) => {
        const repeated = rollouts.findRepeated(request);
        return repeated === undefined ? rollouts.add(request, 'queuing', now).rollout : rollouts.whole(repeated);
      });
    });
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
    this.#engine.check();
    if (signal?.aborted) return [];
    const { rollouts, workers } = this.#engine;
    const claims = await this.#engine.write((now) => {
      const known = claimId === undefined ? undefined : rollouts.claimedUnder(claimId, workerId);
      if (known !== undefined) return known.map((row) => rollouts.attempted(row));
      const rows = rollouts.headOfQueue(limit);
      if (rows.length === 0 && workerId)
        workers.affect({ type: waitMs > 0 ? 'waits' : 'found-nothing', workerId }, now);
      if (rows.length === 0) return undefined;
      return rows.map((row, position) => {
        const mark = claimId === undefined ? undefined : { claimId, workerId, position };
        rollouts.claim(row, { workerId: workerId ?? null, dequeued: true, mark }, now);
        return rollouts.attempted(row);
      });
    });
    if (claims !== undefined) failpoint('claim.afterCommit');
    if (claims !== undefined || waitMs <= 0 || signal?.aborted || this.#engine.isClosed) return claims ?? [];
    return this.#engine.park({ limit, workerId, waitMs, signal, claimId });
  }

  async startAttempt(rolloutId: string, options: StartAttemptOptions = {}): Promise<AttemptedRollout> {
    const { workerId = null, attemptId } = options;
    checkChosenId('attemptId', attemptId);
    const { rollouts } = this.#engine;
    return this.#engine.write((now) => {
      const row = rollouts.get(rolloutId);
      const known = attemptId === undefined ? undefined : rollouts.findAttempt(row, attemptId);
      if (known !== undefined) {
        if (known.workerId !== workerId) throw takenAttemptId(rolloutId, known.attemptId);
        return { ...rollouts.whole(row), attempt: known };
      }
      rollouts.claim(row, { workerId, dequeued: false, attemptId }, now);
      return rollouts.attempted(row);
    });
  }

  async queryRollouts(query: RolloutQuery = {}): Promise<Page<Rollout | AttemptedRollout>> {
    return this.#engine.read(() => this.#engine.pages.query(query));
  }

  async getRolloutById(rolloutId: string): Promise<Rollout | AttemptedRollout | undefined> {
    return this.#engine.read(() => this.#engine.pages.find(rolloutId));
  }

  async queryAttempts(rolloutId: string, query: AttemptQuery = {}): Promise<Page<Attempt>> {
    return this.#engine.read(() => {
      const attempts = this.#engine.pages.attemptsOf(rolloutId);
      const { sortBy = 'sequenceId' } = query;
      const page = selectPage(attempts, { ...query, sortBy, conditions: [], sortKinds: ATTEMPT_SORT_KINDS });
      return new Page(page.items, page);
    });
  }

  async getLatestAttempt(rolloutId: string): Promise<Attempt | undefined> {
    return this.#engine.read(() => this.#engine.pages.latestAttempt(rolloutId));
  }

  async updateRollout(rolloutId: string, patch: RolloutPatch): Promise<Rollout> {
    this.#engine.check();
    const changes = resolveRolloutPatch(patch);
    const { rollouts } = this.#engine;
    return this.#engine.write((now) => {
      const row = rollouts.get(rolloutId);
      rollouts.apply(row, { type: 'rollout-updated', changes }, now);
      return rollouts.whole(row);
    });
  }

  async updateAttempt(
    rolloutId: string,
    attemptId: string,
    patch: AttemptPatch,
    { spans = [], handedOver }: ReportOptions = {},
  ): Promise<AttemptReport> {
    this.#engine.check();
    const changes = resolveAttemptPatch(patch);
    const { rollouts } = this.#engine;
    return this.#engine.write((now) => {
      const row = rollouts.get(rolloutId);
      const target = rollouts.getAttempt(row, attemptId);
      const copies = copySpansOf(target, spans, handedOver);
      const stored = copies.filter((span) => this.#engine.spans.add(row, target.sequenceId, span) !== undefined);
      const alive =
        stored.length === 0 ? target : rollouts.apply(row, { type: 'span-received', attempt: target }, now).attempt;
      const event = { type: 'attempt-reported', attempt: alive ?? target, changes } as const;
      const { attempt, outcome } = rollouts.apply(row, event, now);
      return { ...(attempt as Attempt), outcome };
    });
  }

  async waitForRollouts(options: WaitForRolloutsOptions): Promise<Rollout[]> {
    return waitForRollouts(this.#engine, options);
  }

  async addSpan(span: SpanInput): Promise<Span | undefined> {
    const [stored] = await addSpans(this.#engine, [copyJson(span, 'span') as SpanInput]);
    return stored;
  }

  async addManySpans(spans: readonly SpanInput[], { handedOver = false }: AddSpansOptions = {}): Promise<Span[]> {
    this.#engine.check();
    return addSpans(this.#engine, copySpans(spans, handedOver));
  }

  async querySpans(query: SpanQuery): Promise<Page<Span>> {
    return this.#engine.read(() => this.#engine.spans.query(query));
  }

  async getNextSpanSequenceId(rolloutId: string, _attemptId: string): Promise<number> {
    return this.#engine.write(() => this.#engine.rollouts.nextNumberOf(rolloutId));
  }

  async getManySpanSequenceIds(requests: readonly SequenceIdRequest[]): Promise<number[]> {
    return this.#engine.write(() => requests.map(({ rolloutId }) => this.#engine.rollouts.nextNumberOf(rolloutId)));
  }

  async addResources(resources: NamedResources): Promise<ResourcesUpdate> {
    this.#engine.check();
    const checked = checkResources(resources);
    return this.#engine.write((now) => {
      this.#engine.refuseIfFull();
      return this.#engine.resources.add(checked, now);
    });
  }

  async updateResources(
    resourcesId: string,
    resources: NamedResources,
    { countIdentical = false }: UpdateResourcesOptions = {},
  ): Promise<ResourcesUpdate> {
    this.#engine.check();
    const checked = checkResources(resources);
    return this.#engine.write((now) => {
      this.#engine.refuseIfFull();
      return this.#engine.resources.update({ resourcesId, resources: checked, countIdentical }, now);
    });
  }

  async queryResources(query: ResourcesQuery = {}): Promise<Page<ResourcesUpdate>> {
    return this.#engine.read(() => this.#engine.resources.query(query));
  }

  async getResourcesById(resourcesId: string): Promise<ResourcesUpdate | undefined> {
    return this.#engine.read(() => this.#engine.resources.find(resourcesId));
  }

  async getLatestResources(): Promise<ResourcesUpdate | undefined> {
    return this.#engine.read(() => this.#engine.resources.latest());
  }

  async queryWorkers(query: WorkerQuery = {}): Promise<Page<Worker>> {
    return this.#engine.read(() => {
      const conditions = workerConditions(query);
      const page = selectPage(this.#engine.workers.all(), { ...query, conditions, sortKinds: WORKER_SORT_KINDS });
      return new Page(page.items, page);
    });
  }

  async getWorkerById(workerId: string): Promise<Worker | undefined> {
    return this.#engine.read(() => this.#engine.workers.find(workerId));
  }

  async updateWorker(workerId: string, heartbeat: WorkerHeartbeat = {}): Promise<WorkerHeartbeatReply> {
    this.#engine.check();
    const { heartbeatStats, attempts } = heartbeat;
    const stats = heartbeatStats === undefined ? undefined : copyRecord(heartbeatStats, 'heartbeatStats');
    const { rollouts, workers } = this.#engine;
    return this.#engine.write((now) => {
      workers.affect({ type: 'heartbeat', workerId, heartbeatStats: stats }, now);
      const fenced = (attempts ?? []).filter(({ rolloutId, attemptId }) => {
        const row = rollouts.find(rolloutId);
        const attempt = row === undefined ? undefined : rollouts.findAttempt(row, attemptId);
        if (row === undefined || attempt === undefined) return true;
        return rollouts.apply(row, { type: 'heartbeat', attempt }, now).outcome !== 'applied';
      });
      if (attempts !== undefined) {
        // A worker that says what it executes does not execute what else it claimed.
        const named = new Set(attempts.map(({ attemptId }) => attemptId));
        const leftOut = rollouts.unconfirmedOf(workerId).filter(({ attempt }) => !named.has(attempt.attemptId));
        const ids = leftOut.map(({ attempt }) => attempt.attemptId);
        const since = this.#leftOut.heard(workerId, ids, now);
        for (const { row, attempt } of leftOut) {
          const leftOutSince = since.get(attempt.attemptId) ?? now;
          rollouts.apply(row, { type: 'not-named', attempt, workerId, leftOutSince }, now);
        }
      }
      return { ...(workers.current(workerId) as Worker), fencedAttemptIds: fenced.map(({ attemptId }) => attemptId) };
    });
  }

  onRolloutChange(listener: (change: RolloutChange) => void): () => void {
    return this.#engine.news.listen(listener);
  }

  /**
   * Writes a copy of the store as it is now to a new file, for this user alone, while work goes on. The copy is a store of its own.
   * The key file is not copied, so that the copy may lie where secrets may not: without it, `<path>.key`, the copy has everything but API keys.
   *
   * @throws LightningError `CONFLICT` if there is a file of that name; `UNAVAILABLE` if the copy cannot be written
   */
  async backup(path: string): Promise<void> {
    this.#engine.check();
    const running = this.#engine.backUp(path);
    this.#backups.add(running);
    try {
      await running;
    } finally {
      this.#backups.delete(running);
    }
  }

  /** As the contract says; a backup that is being made is finished first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#engine.close();
    await Promise.allSettled(this.#backups);
    this.#engine.closeFile();
  }
}
