import {
  type AttemptedRollout,
  type Clock,
  failpoint,
  isTerminal,
  LightningError,
  type Logger,
} from '@agentlightning/core';
import {
  type ClaimRequest,
  DeadlineWatch,
  ParkedClaims,
  RolloutNews,
  type RolloutWait,
  RolloutWaiters,
  storeClosing,
} from '@agentlightning/core/store-kit';
import { backUp } from './backup.ts';
import { closeFile, type DatabaseFile } from './database-file.ts';
import { GroupCommit } from './group-commit.ts';
import { ResourcesRows } from './resources-rows.ts';
import { Retention } from './retention.ts';
import { RolloutPages } from './rollout-pages.ts';
import { RolloutRows } from './rollout-rows.ts';
import { RunRecordRows } from './run-record-rows.ts';
import { TextSealer } from './sealed-text.ts';
import { SpanRows } from './span-rows.ts';
import { Sql } from './sql.ts';
import { toStoreError } from './sqlite-errors.ts';
import type { ResolvedOptions } from './sqlite-store-options.ts';
import { StoreCounts } from './store-counts.ts';
import { WorkerRows } from './worker-rows.ts';

/** When deadlines could not be written, they are tried again after so many seconds. */
const RETRY_DEADLINES_SECONDS = 1;

/**
 * The tables, the transactions around them, and those who wait for what the transactions bring: claims that are parked,
 * waits, deadlines, listeners. Whoever waits learns of a change when it is on disk.
 */
export class StoreEngine {
  readonly openedAt: number;
  readonly counts: StoreCounts;
  readonly workers: WorkerRows;
  readonly rollouts: RolloutRows;
  readonly pages: RolloutPages;
  readonly spans: SpanRows;
  readonly resources: ResourcesRows;
  readonly runRecords: RunRecordRows;
  readonly #waiters: RolloutWaiters;
  readonly news: RolloutNews;

  readonly #file: DatabaseFile;
  readonly #options: ResolvedOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #sql: Sql;
  readonly #commits: GroupCommit;
  readonly #retention: Retention;
  readonly #parked: ParkedClaims<AttemptedRollout>;
  readonly #watch: DeadlineWatch<string>;
  #handOver: (() => void) | undefined;
  #hasMoreToEvict = false;
  #isClosed = false;

  constructor(file: DatabaseFile, options: ResolvedOptions) {
    const { clock, logger } = options;
    this.#file = file;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.openedAt = clock.now();
    this.#sql = new Sql(file.db);
    this.counts = new StoreCounts(this.#sql);
    this.workers = new WorkerRows(this.#sql, this.counts);
    this.rollouts = new RolloutRows(this.#sql, this.counts, this.workers, this.openedAt);
    this.pages = new RolloutPages(this.#sql, this.counts);
    this.spans = new SpanRows(this.#sql, this.counts, this.rollouts);
    const sealer = new TextSealer(file.path, logger, options.secrets === 'masked');
    this.resources = new ResourcesRows(this.#sql, this.counts, sealer);
    this.runRecords = new RunRecordRows(this.#sql, sealer);
    this.#retention = new Retention(this.#sql, this.counts, options);
    this.#waiters = new RolloutWaiters(clock);
    this.news = new RolloutNews(logger);
    this.#parked = new ParkedClaims(clock);
    this.#watch = new DeadlineWatch(clock, () => {
      this.#applyDeadlines(clock.now());
      this.#commits.flush();
    });
    this.#commits = new GroupCommit(this.#sql, {
      beforeCommit: () => this.#beforeCommit(),
      committed: () => this.#committed(),
      rolledBack: () => this.#rolledBack(),
      explain: (error) => toStoreError(error, file.path),
    });
    if (!options.readOnly) this.#takeUp();
  }

  /** The store's file. */
  get path(): string {
    return this.#file.path;
  }

  /** Whether the store was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws LightningError `STORE_CLOSING` */
  check(): void {
    if (this.#isClosed) throw storeClosing();
  }

  /**
   * Runs an operation on the rows, after everything that is due by now has happened.
   * @returns what it answered, once that is on disk
   * @throws LightningError `STORE_READ_ONLY`
   */
  write<T>(operation: (now: number) => T): Promise<T> {
    this.check();
    if (this.#options.readOnly) throw readOnly(this.path, 'change');
    const now = this.#clock.now();
    this.#applyDeadlines(now);
    return this.#commits.write(() => this.#run(operation, now));
  }

  /** Reads what is on disk, after everything that is due by now has happened. */
  read<T>(operation: (now: number) => T): Promise<T> {
    this.check();
    const now = this.#clock.now();
    this.#applyDeadlines(now);
    return this.#commits.read(() => (this.#options.readOnly ? this.#readSnapshot(operation, now) : operation(now)));
  }

  /** Waits for work. */
  park(request: ClaimRequest): Promise<AttemptedRollout[]> {
    const parked = this.#parked.park(request);
    // Work that was committed between the look into the queue and now.
    if (this.#queued > 0) void this.write(() => undefined).catch((error: unknown) => this.#failed(error));
    return parked;
  }

  /**
   * Waits until rollouts have ended.
   * @throws LightningError `STORE_READ_ONLY`: the news is in another process
   */
  waitForEnds(wait: RolloutWait): Promise<void> {
    if (this.#options.readOnly) throw readOnly(this.path, 'wait for what another process does in');
    return this.#waiters.wait(wait);
  }

  /** Copies the file to a new one. */
  backUp(path: string): Promise<void> {
    this.#commits.flush();
    return backUp(this.#file, path);
  }

  /** @throws LightningError `UNAVAILABLE` if the store may not grow */
  refuseIfFull(): void {
    const { maxBytes } = this.#options;
    if (maxBytes === Infinity) return;
    const contentBytes = this.contentBytes();
    if (contentBytes < maxBytes) return;
    throw new LightningError(
      'UNAVAILABLE',
      `The store ${this.path} takes nothing new as its content has reached 'maxBytes': ${contentBytes} of ${maxBytes}. What is in work can be finished`,
      { details: { path: this.path, reason: 'size-limit', contentBytes, maxBytes } },
    );
  }

  /** What the content of the file takes, without what is free again. */
  contentBytes(): number {
    const row = this.#sql.get(
      'SELECT page_size * (page_count - freelist_count) AS bytes FROM pragma_page_size, pragma_page_count, pragma_freelist_count',
    );
    return Number(row?.['bytes']);
  }

  /** Commits what is open and ends everything that waits. */
  close(): void {
    this.#isClosed = true;
    this.#commits.flush();
    this.#watch.close();
    this.#parked.close();
    this.#waiters.close(storeClosing());
  }

  /** Closes the file, after {@link close}. */
  closeFile(): void {
    try {
      if (!this.#options.readOnly) this.#sql.run("DELETE FROM facts WHERE name = 'owner'");
    } catch (error) {
      // It is for information only.
      this.#failed(error);
    }
    closeFile(this.#file);
  }

  get #queued(): number {
    return this.counts.withStatus(['queuing', 'requeuing']);
  }

  /** Another process writes: all that one call reads must be of one moment. */
  #readSnapshot<T>(operation: (now: number) => T, now: number): T {
    this.#sql.control('BEGIN');
    try {
      this.counts.load();
      return operation(now);
    } finally {
      this.#sql.control('COMMIT');
    }
  }

  #run<T>(operation: (now: number) => T, now: number): T {
    try {
      const result = operation(now);
      this.rollouts.save();
      this.workers.keep();
      return result;
    } catch (error) {
      this.rollouts.discard();
      this.workers.discard();
      throw error;
    }
  }

  /**
   * Watches what was in work when the file was closed. Nobody could be heard meanwhile, so opening the store counts as a sign of life, and time limits wait
   * for reports: a restart must not take everything away from everybody.
   */
  #takeUp(): void {
    const now = this.openedAt;
    void this.#commits
      .write(() =>
        this.#run(() => {
          for (const row of this.rollouts.inWork()) {
            const attempt = row.latest;
            if (attempt === undefined) continue;
            // One that was silent before has not been heard for it.
            const isWatched = row.rollout.config.unresponsiveSeconds !== null && attempt.status !== 'unresponsive';
            if (isWatched) this.rollouts.apply(row, { type: 'heartbeat', attempt }, now);
            this.#watch.set(row.rollout.rolloutId, this.rollouts.deadlineOf(row));
          }
        }, now),
      )
      .catch((error: unknown) => this.#failed(error));
    this.#commits.flush();
  }

  #applyDeadlines(now: number): void {
    const due: string[] = [];
    for (let id = this.#watch.takeDue(now); id !== undefined; id = this.#watch.takeDue(now)) due.push(id);
    if (due.length === 0) return;
    const apply = (): void => {
      for (const rolloutId of due) {
        const row = this.rollouts.find(rolloutId);
        if (row !== undefined) this.rollouts.apply(row, { type: 'deadline-passed', openedAt: this.openedAt }, now);
      }
    };
    this.#commits
      .write(() => this.#run(apply, now))
      .catch((error: unknown) => {
        if (this.#isClosed) return;
        for (const rolloutId of due) this.#watch.set(rolloutId, this.#clock.now() + RETRY_DEADLINES_SECONDS);
        this.#failed(error);
      });
  }

  #beforeCommit(): void {
    const now = this.#clock.now();
    const positions = new Map<string, number>();
    this.#handOver = this.#parked.plan((request) => this.#claimFor(request, positions, now));
    this.workers.save();
    this.#hasMoreToEvict = this.#retention.evict(now);
    this.counts.save();
  }

  #claimFor(
    { workerId, claimId }: ClaimRequest,
    positions: Map<string, number>,
    now: number,
  ): AttemptedRollout | undefined {
    if (this.#queued === 0) return undefined;
    return this.#run(() => {
      const [row] = this.rollouts.headOfQueue(1);
      if (row === undefined) return undefined;
      const position = positions.get(claimId ?? '') ?? 0;
      if (claimId !== undefined) positions.set(claimId, position + 1);
      const mark = claimId === undefined ? undefined : { claimId, workerId, position };
      this.rollouts.claim(row, { workerId: workerId ?? null, dequeued: true, mark }, now);
      return this.rollouts.attempted(row);
    }, now);
  }

  #committed(): void {
    const { changes, deadlines } = this.#takeEffects();
    this.counts.committed();
    this.workers.clear();
    for (const [rolloutId, deadline] of deadlines) this.#watch.set(rolloutId, deadline);
    for (const change of changes) {
      this.#wake(change.rolloutId, change.from !== null && isTerminal(change.from), isTerminal(change.to));
      this.news.add(change);
    }
    const handOver = this.#handOver;
    this.#handOver = undefined;
    if (handOver !== undefined) failpoint('claim.afterCommit');
    handOver?.();
    this.news.tell();
    if (this.#hasMoreToEvict && !this.#isClosed) {
      setImmediate(() => this.#evictMore());
    }
  }

  #evictMore(): void {
    if (this.#isClosed) return;
    this.#commits.write(() => undefined).catch((error: unknown) => this.#failed(error));
  }

  #rolledBack(): void {
    this.#takeEffects();
    this.rollouts.discard();
    this.workers.clear();
    this.counts.rolledBack();
    this.#handOver = undefined;
  }

  #takeEffects(): { changes: RolloutRows['effects']['changes']; deadlines: RolloutRows['effects']['deadlines'] } {
    const { effects } = this.rollouts;
    const taken = { changes: effects.changes.splice(0), deadlines: new Map(effects.deadlines) };
    effects.deadlines.clear();
    return taken;
  }

  #wake(rolloutId: string, wasTerminal: boolean, isNowTerminal: boolean): void {
    if (wasTerminal === isNowTerminal) return;
    if (isNowTerminal) this.#waiters.ended(rolloutId);
    else this.#waiters.reopened(rolloutId);
  }

  #failed(error: unknown): void {
    this.#logger.error({ error, path: this.path }, 'The store could not write by itself');
  }
}

function readOnly(path: string, action: string): LightningError {
  return new LightningError('STORE_READ_ONLY', `Cannot ${action} the store ${path} as it was opened with 'readOnly'`, {
    details: { path },
  });
}
