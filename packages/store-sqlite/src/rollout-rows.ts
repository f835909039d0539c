import {
  type Attempt,
  type AttemptedRollout,
  canonicalHash,
  deadlineOf,
  isSameRequest,
  type Json,
  LightningError,
  newAttemptId,
  newRollout,
  newRolloutId,
  queueMove,
  type ResolvedRolloutRequest,
  type Rollout,
  type RolloutChange,
  type RolloutEvent,
  type RolloutStatus,
  type Transition,
  transitionRollout,
} from '@agentlightning/core';
import { claimOfAnother, takenRolloutId, unknownAttempt, unknownRollout } from '@agentlightning/core/store-kit';
import { SELECT_ATTEMPT, SELECT_ROLLOUT, toAttempt, toRolloutHead, UNREAD } from './rollout-records.ts';
import {
  type ChangedAttempt,
  type ClaimMark,
  insertRollout,
  type RolloutRow,
  writeAttempt,
  writeRollout,
} from './rollout-writes.ts';
import type { Sql, SqlRow } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';
import type { WorkerRows } from './worker-rows.ts';

/** What the rest of the process learns of a transaction once it is on disk. */
export interface RolloutEffects {
  readonly changes: RolloutChange[];
  /** New deadlines; `undefined` for none. */
  readonly deadlines: Map<string, number | undefined>;
}

// Said by name, as SQLite would rather sort all that have one of the statuses.
const QUEUE = 'rollouts r INDEXED BY rollouts_queue';
const IS_QUEUED = "r.status IN ('queuing', 'requeuing')";
const BY_ID = `${SELECT_ROLLOUT} WHERE r.rollout_id = ?`;
const BY_SEQ = `${SELECT_ROLLOUT} WHERE r.seq = ?`;
const ATTEMPT_BY_ID = `${SELECT_ATTEMPT} WHERE a.rollout_seq = ? AND a.attempt_id = ?`;
const HEAD_OF_QUEUE = `${SELECT_ROLLOUT.replace('rollouts r', QUEUE)} WHERE ${IS_QUEUED} ORDER BY r.priority DESC, r.ticket LIMIT ?`;

/**
 * The rollouts and attempts, as one operation changes them: rows are read once, the rules are applied to them, and
 * {@link save} writes what has changed.
 */
export class RolloutRows {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;
  readonly #workers: WorkerRows;
  readonly #openedAt: number;
  #nextTicket: number;

  readonly #rows = new Map<string, RolloutRow>();
  readonly #changedRollouts = new Map<RolloutRow, RolloutStatus>();
  readonly #changedCounters = new Set<RolloutRow>();
  /** By sequence id. */
  readonly #changedAttempts = new Map<RolloutRow, Map<number, ChangedAttempt>>();
  readonly #changes: RolloutChange[] = [];

  /** Of the open transaction. */
  readonly effects: RolloutEffects = { changes: [], deadlines: new Map() };

  constructor(sql: Sql, counts: StoreCounts, workers: WorkerRows, openedAt: number) {
    this.#sql = sql;
    this.#counts = counts;
    this.#workers = workers;
    this.#openedAt = openedAt;
    const last = sql.get(`SELECT MAX(r.ticket) AS ticket FROM ${QUEUE} WHERE ${IS_QUEUED}`)?.['ticket'];
    this.#nextTicket = Number(last ?? 0) + 1;
  }

  /** A rollout, `undefined` if there is none. */
  find(rolloutId: string): RolloutRow | undefined {
    const known = this.#rows.get(rolloutId);
    if (known !== undefined) return known;
    const row = this.#sql.get(BY_ID, rolloutId);
    return row === undefined ? undefined : this.#keep(row);
  }

  /** A rollout. @throws LightningError `NOT_FOUND` */
  get(rolloutId: string): RolloutRow {
    const row = this.find(rolloutId);
    if (row !== undefined) return row;
    throw this.isEvicted(rolloutId) ? evictedRollout('NOT_FOUND', rolloutId) : unknownRollout(rolloutId);
  }

  /** Whether retention has taken a rollout out. */
  isEvicted(rolloutId: string): boolean {
    if (this.#counts.of('evicted') === 0) return false;
    return this.#sql.get('SELECT 1 FROM evicted_rollouts WHERE rollout_id = ?', rolloutId) !== undefined;
  }

  /** Those at the head of the queue, up to `limit`: highest priority first, then first in first out. */
  headOfQueue(limit: number): RolloutRow[] {
    if (this.#counts.withStatus(['queuing', 'requeuing']) === 0) return [];
    const rows = this.#sql.all(HEAD_OF_QUEUE, limit);
    return rows.map((row) => this.#keep(row));
  }

  /** An attempt of a rollout, by its id. */
  findAttempt(row: RolloutRow, attemptId: string): Attempt | undefined {
    if (attemptId === row.latest?.attemptId) return row.latest;
    for (const { attempt } of this.#changedAttempts.get(row)?.values() ?? []) {
      if (attempt.attemptId === attemptId) return attempt;
    }
    const found = this.#sql.get(ATTEMPT_BY_ID, row.seq, attemptId);
    return found === undefined ? undefined : toAttempt(found);
  }

  /** An attempt; the id `latest` names the newest. @throws LightningError `NOT_FOUND` */
  getAttempt(row: RolloutRow, attemptId: string): Attempt {
    const attempt = attemptId === 'latest' ? row.latest : this.findAttempt(row, attemptId);
    if (attempt !== undefined) return attempt;
    throw unknownAttempt(row.rollout.rolloutId, attemptId, row.latest !== undefined);
  }

  /**
   * The rollout that the same request made before, `undefined` if the id is free.
   * @throws LightningError `CONFLICT`
   */
  findRepeated(request: ResolvedRolloutRequest): RolloutRow | undefined {
    const { rolloutId } = request;
    if (rolloutId === undefined) return undefined;
    const row = this.find(rolloutId);
    if (row === undefined) {
      if (this.isEvicted(rolloutId)) throw evictedRollout('CONFLICT', rolloutId);
      return undefined;
    }
    if (row.requestHash !== hashOf(request)) throw takenRolloutId(rolloutId);
    return row;
  }

  /**
   * All or none: finds every conflict, also within the batch, before anything is written.
   * @returns how many are known
   */
  checkBatch(batch: readonly ResolvedRolloutRequest[]): number {
    const chosen = new Map<string, ResolvedRolloutRequest>();
    let known = 0;
    for (const request of batch) {
      if (this.findRepeated(request) !== undefined) known += 1;
      if (request.rolloutId === undefined) continue;
      const twin = chosen.get(request.rolloutId);
      if (twin !== undefined && !isSameRequest(twin, request)) throw takenRolloutId(request.rolloutId);
      chosen.set(request.rolloutId, request);
    }
    return known;
  }

  /** Adds a rollout; one that is queued goes to the tail of its priority. */
  add(
    request: ResolvedRolloutRequest,
    status: 'queuing' | 'preparing',
    now: number,
  ): { readonly row: RolloutRow; readonly rollout: Rollout } {
    const rolloutId = request.rolloutId ?? newRolloutId();
    const latestResourcesId = request.resourcesId === null ? this.#latestResourcesId() : null;
    const rollout = newRollout(request, { rolloutId, now, latestResourcesId, status });
    const requestHash = request.rolloutId === undefined ? null : hashOf(request);
    const spanCounter = request.rolloutId === undefined ? 0 : this.#takeStrayCounter(rolloutId);
    const ticket = this.#nextTicket++;
    const seq = insertRollout(this.#sql, rollout, { ticket, requestHash, spanCounter });
    const row: RolloutRow = {
      seq,
      rollout: { ...rollout, input: UNREAD, metadata: UNREAD },
      latest: undefined,
      spanCounter,
      ticket: null,
      requestHash,
    };
    this.#rows.set(rolloutId, row);
    this.#counts.add(status, 1);
    this.#changes.push({ rolloutId, from: null, to: status });
    return { row, rollout };
  }

  /** Starts the next attempt of a rollout. */
  claim(
    row: RolloutRow,
    how: { workerId: string | null; dequeued: boolean; mark?: ClaimMark | undefined; attemptId?: string | undefined },
    now: number,
  ): Attempt {
    const { workerId, dequeued, mark, attemptId = newAttemptId() } = how;
    const event = { type: 'claimed', attemptId, workerId, dequeued } as const;
    return this.apply(row, event, now, mark).attempt as Attempt;
  }

  /** Lets the rules decide: the only place where a rollout or an attempt that exists changes. */
  apply(row: RolloutRow, event: RolloutEvent, now: number, mark?: ClaimMark): Transition {
    const result = transitionRollout({ rollout: row.rollout, latestAttempt: row.latest }, event, now);
    if (result.attempt !== undefined) this.#writeAttempt(row, result.attempt, mark);
    if (result.rollout !== undefined) this.#writeRollout(row, result.rollout);
    if (result.worker !== undefined) this.#workers.affect(result.worker, now);
    return result;
  }

  /** Counts the span numbers of a rollout on, whether or not there is one. @returns the new number */
  nextNumberOf(rolloutId: string): number {
    const row = this.find(rolloutId);
    if (row !== undefined) {
      this.raiseSpanNumber(row, row.spanCounter + 1);
      return row.spanCounter;
    }
    const counter = this.#sql.change(
      'INSERT INTO stray_span_counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value',
      rolloutId,
    );
    return counter?.['value'] as number;
  }

  /** Makes the numbers of a rollout go on after `value`. */
  raiseSpanNumber(row: RolloutRow, value: number): void {
    if (value <= row.spanCounter) return;
    row.spanCounter = value;
    this.#changedCounters.add(row);
  }

  /** A rollout as callers get it, input and metadata included. */
  whole(row: RolloutRow): Rollout {
    const { rollout } = row;
    if (rollout.input !== UNREAD && rollout.metadata !== UNREAD) return { ...rollout };
    const body = this.#sql.get('SELECT input, metadata FROM rollout_bodies WHERE seq = ?', row.seq) as SqlRow;
    return {
      ...rollout,
      input: rollout.input === UNREAD ? JSON.parse(body['input'] as string) : rollout.input,
      metadata: rollout.metadata === UNREAD ? JSON.parse(body['metadata'] as string) : rollout.metadata,
    };
  }

  /** A rollout with its latest attempt, which it must have. */
  attempted(row: RolloutRow): AttemptedRollout {
    return { ...this.whole(row), attempt: row.latest as Attempt };
  }

  /**
   * What was claimed under an id, less what has a newer attempt by now; `undefined` if nothing was.
   * @throws LightningError `CONFLICT` if another worker claimed under it
   */
  claimedUnder(claimId: string, workerId: string | undefined): RolloutRow[] | undefined {
    const claims = this.#sql.all(
      'SELECT rollout_seq, sequence_id, claim_worker_id FROM attempts WHERE claim_id = ? ORDER BY claim_position',
      claimId,
    );
    const [first] = claims;
    if (first === undefined) return undefined;
    if (first['claim_worker_id'] !== (workerId ?? null)) throw claimOfAnother(claimId);
    return claims.flatMap((claim) => {
      const row = this.#keep(this.#sql.get(BY_SEQ, claim['rollout_seq'] as number) as SqlRow);
      return row.latest?.sequenceId === claim['sequence_id'] ? [row] : [];
    });
  }

  /** What a worker claimed under ids, and of which nothing has been seen since, in the order of the rollouts. */
  unconfirmedOf(workerId: string): { readonly row: RolloutRow; readonly attempt: Attempt }[] {
    const claims = this.#sql.all(
      "SELECT rollout_seq, sequence_id FROM attempts WHERE claim_worker_id = ? AND claim_id IS NOT NULL AND status = 'preparing' ORDER BY rollout_seq",
      workerId,
    );
    return claims.flatMap((claim) => {
      const row = this.#keep(this.#sql.get(BY_SEQ, claim['rollout_seq'] as number) as SqlRow);
      const { latest } = row;
      // A newer attempt, started by hand, is not the one that was claimed.
      const isClaimed = latest?.sequenceId === claim['sequence_id'] && latest?.status === 'preparing';
      return isClaimed ? [{ row, attempt: latest }] : [];
    });
  }

  /** When the watchdog has to look at a rollout again, `undefined` if never. */
  deadlineOf({ rollout, latest }: RolloutRow): number | undefined {
    return deadlineOf(rollout, latest, this.#openedAt);
  }

  /** Those that are claimed and have not ended, in the order in which they were enqueued. */
  inWork(): RolloutRow[] {
    const rows = this.#sql.all(`${SELECT_ROLLOUT} WHERE r.status IN ('preparing', 'running') ORDER BY r.seq`);
    return rows.map((row) => this.#keep(row));
  }

  /** The operation goes through: writes what it has changed. */
  save(): void {
    for (const [row, attempts] of this.#changedAttempts) {
      for (const changed of attempts.values()) {
        writeAttempt(this.#sql, row, changed);
        if (changed.isNew) this.#counts.add('attempts', 1);
      }
    }
    for (const [row, from] of this.#changedRollouts) {
      writeRollout(this.#sql, row);
      this.#counts.add(from, -1);
      this.#counts.add(row.rollout.status, 1);
    }
    for (const row of this.#changedCounters) {
      if (!this.#changedRollouts.has(row)) {
        this.#sql.run('UPDATE rollouts SET span_counter = ? WHERE seq = ?', row.spanCounter, row.seq);
      }
    }
    for (const row of [...this.#changedAttempts.keys(), ...this.#changedRollouts.keys()]) {
      this.effects.deadlines.set(row.rollout.rolloutId, this.deadlineOf(row));
    }
    this.effects.changes.push(...this.#changes);
    this.discard();
  }

  /** The operation refused: forgets what it wanted. */
  discard(): void {
    this.#rows.clear();
    this.#changedRollouts.clear();
    this.#changedCounters.clear();
    this.#changedAttempts.clear();
    this.#changes.length = 0;
  }

  #keep(read: SqlRow): RolloutRow {
    const rollout = toRolloutHead(read);
    const known = this.#rows.get(rollout.rolloutId);
    if (known !== undefined) return known;
    const row: RolloutRow = {
      seq: read['seq'] as number,
      rollout,
      latest: toAttempt(read),
      spanCounter: read['span_counter'] as number,
      ticket: null,
      requestHash: read['request_hash'] as string | null,
    };
    this.#rows.set(rollout.rolloutId, row);
    return row;
  }

  #writeAttempt(row: RolloutRow, attempt: Attempt, mark: ClaimMark | undefined): void {
    const { sequenceId } = attempt;
    const latestId = row.latest?.sequenceId ?? 0;
    const attempts = this.#changedAttempts.get(row) ?? new Map<number, ChangedAttempt>();
    const known = attempts.get(sequenceId);
    const isNew = known?.isNew ?? sequenceId > latestId;
    attempts.set(sequenceId, { attempt, isNew, mark: known?.mark ?? mark });
    this.#changedAttempts.set(row, attempts);
    if (sequenceId >= latestId) row.latest = attempt;
    if (isNew) this.#markChanged(row);
  }

  #writeRollout(row: RolloutRow, rollout: Rollout): void {
    this.#markChanged(row);
    const from = row.rollout.status;
    row.rollout = rollout;
    if (queueMove(from, rollout.status) === 'joins') row.ticket = this.#nextTicket++;
    if (from !== rollout.status) this.#changes.push({ rolloutId: rollout.rolloutId, from, to: rollout.status });
  }

  #markChanged(row: RolloutRow): void {
    if (!this.#changedRollouts.has(row)) this.#changedRollouts.set(row, row.rollout.status);
  }

  #latestResourcesId(): string | null {
    const row = this.#sql.get('SELECT resources_id FROM resources ORDER BY touched DESC LIMIT 1');
    return row === undefined ? null : (row['resources_id'] as string);
  }

  /** Numbers may have been asked for before the rollout was made. */
  #takeStrayCounter(rolloutId: string): number {
    const row = this.#sql.get('SELECT value FROM stray_span_counters WHERE rollout_id = ?', rolloutId);
    if (row === undefined) return 0;
    this.#sql.run('DELETE FROM stray_span_counters WHERE rollout_id = ?', rolloutId);
    return row['value'] as number;
  }
}

/** Tells requests apart without keeping them: the same id with the same request is the same rollout. */
function hashOf(request: ResolvedRolloutRequest): string {
  return canonicalHash(request as unknown as Json);
}

function evictedRollout(code: 'NOT_FOUND' | 'CONFLICT', rolloutId: string): LightningError {
  const message = `Rollout ${rolloutId} has ended and was taken out of the store by its retention`;
  return new LightningError(code, message, { details: { rolloutId, evicted: true } });
}
