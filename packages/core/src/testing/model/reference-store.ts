/**
 * What a store does, told a second time: plain maps and no transport, no indexes, no timers. Written from the documents that describe the
 * contract (upstream's semantics and the rules of idempotency and fencing), not from a store, so that both can be compared.
 *
 * It makes no ids: what the store under test chose is handed in. Time is {@link ReferenceStore.now}, moved by {@link ReferenceStore.advance};
 * a deadline passes at its exact moment.
 */
import type { Attempt } from '../../rollout/attempt.ts';
import type { ReportOutcome } from '../../rollout/report-outcome.ts';
import type { Rollout, RolloutStatus } from '../../rollout/rollout.ts';
import type { Worker } from '../../rollout/worker.ts';
import type { SpanInput } from '../../span/span.ts';
import type { AttemptPatch, RolloutChange, RolloutPatch } from '../../store/lightning-store.ts';
import type { ModelAttempt, ModelRequest, ModelResources, ModelRollout } from './model-records.ts';
import { derived, ENDED, hasEnded, nextDeadline, OVER, QUEUED } from './reference-rules.ts';
import { ReferenceWorkers } from './reference-workers.ts';
import { CONFLICT, NOT_FOUND } from './refusal.ts';

/** How long a claim under an id lasts while its worker does not say that it works on it. */
const CLAIM_LEASE_SECONDS = 30;

/** See the head of this file. */
export class ReferenceStore {
  now: number;
  /** When it was last opened again. */
  openedAt = Number.NEGATIVE_INFINITY;
  readonly rollouts = new Map<string, ModelRollout>();
  readonly resources = new Map<string, ModelResources>();
  latestResourcesId: string | null;
  /** Changes of a status that nobody has taken note of yet. */
  readonly changes: RolloutChange[] = [];
  readonly #workers = new ReferenceWorkers();
  readonly #claims = new Map<string, { readonly workerId: string | null; readonly claimed: readonly Attempt[] }>();
  /** By worker, what it left out of its last heartbeat, and since when. */
  readonly #leftOut = new Map<string, { readonly at: number; readonly since: ReadonlyMap<Attempt, number> }>();
  readonly #counters = new Map<string, number>();
  #places = 0;

  constructor(given: { readonly now: number; readonly latestResourcesId: string | null }) {
    this.now = given.now;
    this.latestResourcesId = given.latestResourcesId;
  }

  /** What is known of each worker. */
  get workers(): ReadonlyMap<string, Worker> {
    return this.#workers.records;
  }

  /** Time passes; deadlines that lie strictly before `to` pass with it, each in its turn. */
  advance(to: number): void {
    for (
      let next = nextDeadline(this.rollouts.values(), to, this);
      next !== undefined;
      next = nextDeadline(this.rollouts.values(), to, this)
    ) {
      this.now = Math.max(this.now, next.at);
      this.#giveUp(next.rollout, next.attempt, next.reason);
    }
    this.now = to;
  }

  /** Nobody could be heard while the store was closed: opening it counts as a sign of life of what was in work, and time limits wait for reports. */
  reopen(): void {
    this.openedAt = this.now;
    this.#leftOut.clear();
    for (const { record, attempts } of this.rollouts.values()) {
      const attempt = attempts.at(-1)?.record;
      if (attempt === undefined || record.config.unresponsiveSeconds === null) continue;
      const isInWork = record.status === 'preparing' || record.status === 'running';
      const isLive = attempt.status === 'preparing' || attempt.status === 'running';
      if (isInWork && isLive) attempt.lastHeartbeatTime = this.now;
    }
  }

  /** All or none. The same request under a chosen id is one rollout, another request is a conflict. */
  enqueue(requests: readonly ModelRequest[]): Rollout[] {
    const rollouts = this.#make(requests, 'queuing');
    return rollouts.map(({ record }) => record);
  }

  start(request: ModelRequest, attemptId: string, workerId: string | null): ModelRollout {
    const [rollout] = this.#make([request], 'preparing') as [ModelRollout];
    if (rollout.attempts.length === 0) this.#begin(rollout, attemptId, workerId, false);
    return rollout;
  }

  /** The rollouts in the order in which they are to be claimed. */
  queue(): ModelRollout[] {
    const queued = [...this.rollouts.values()].filter(({ record }) => QUEUED.includes(record.status));
    return queued.sort((a, b) => b.record.priority - a.record.priority || a.place - b.place);
  }

  /**
   * A claim id that got something answers it as it stands, less what has a newer attempt, and never claims more.
   * @param attemptIds - ids of the attempts that the store under test handed out
   */
  claim(limit: number, workerId: string | null, claimId: string | null, attemptIds: readonly string[]): ModelRollout[] {
    const known = this.#claims.get(claimId ?? '');
    if (known !== undefined && known.workerId !== workerId) throw CONFLICT;
    if (known !== undefined) {
      return known.claimed.flatMap((attempt) => {
        const rollout = this.#find(attempt.rolloutId);
        return rollout.attempts.at(-1)?.record === attempt ? [rollout] : [];
      });
    }
    const rollouts = this.queue().slice(0, limit);
    const claimed = rollouts.map((rollout, index) => this.#begin(rollout, attemptIds[index] ?? '', workerId, true));
    if (claimed.length === 0 && workerId !== null) this.#workers.foundNothing(workerId, this.now);
    if (claimed.length > 0 && claimId !== null) this.#claims.set(claimId, { workerId, claimed });
    return rollouts;
  }

  /** The same id for the same worker is one attempt. */
  startAttempt(rolloutId: string, attemptId: string, workerId: string | null): Attempt {
    const rollout = this.#find(rolloutId);
    const known = rollout.attempts.find(({ record }) => record.attemptId === attemptId)?.record;
    if (known !== undefined && known.workerId !== workerId) throw CONFLICT;
    return known ?? this.#begin(rollout, attemptId, workerId, false);
  }

  /** An operator may do anything to a rollout. */
  updateRollout(rolloutId: string, { status, ...fields }: RolloutPatch): Rollout {
    const rollout = this.#find(rolloutId);
    Object.assign(rollout.record, fields);
    if (status !== undefined) this.#setStatus(rollout, status);
    return rollout.record;
  }

  /** Only the latest attempt changes a rollout, and only one that has not ended. What has ended says what it said first. */
  report(
    rolloutId: string,
    attemptId: string,
    { givenBack, ...patch }: AttemptPatch,
  ): Attempt & { readonly outcome: ReportOutcome } {
    const rollout = this.#find(rolloutId);
    const attempt = this.#attempt(rollout, attemptId).record;
    const isLatest = attempt === rollout.attempts.at(-1)?.record;
    // Paid work is not thrown away as long as nobody has begun it anew.
    const isInTime =
      attempt.status === 'timeout' && patch.status === 'succeeded' && isLatest && rollout.record.status === 'requeuing';
    const counts = patch.status !== undefined && (!OVER.includes(attempt.status) || isInTime);
    const isReturned = givenBack === true && (attempt.status === 'preparing' || attempt.status === 'running');
    Object.assign(attempt, patch, { status: counts ? patch.status : attempt.status });
    if (attempt.lastHeartbeatTime !== null) attempt.lastHeartbeatTime = Math.min(attempt.lastHeartbeatTime, this.now);
    if (counts && (attempt.status === 'succeeded' || attempt.status === 'failed')) attempt.endTime = this.now;
    if (counts && isLatest && !hasEnded(rollout) && isReturned === (givenBack === true)) {
      if (isReturned) {
        const { config } = rollout.record;
        rollout.record.config = { ...config, maxAttempts: config.maxAttempts + 1 };
      }
      this.#setStatus(rollout, isReturned ? 'requeuing' : derived(attempt, rollout.record.config));
    }
    if (counts || patch.workerId) this.#workers.follow(attempt, false, this.now);
    const isRefused = patch.status !== undefined && patch.status !== attempt.status;
    const endedOtherwise = hasEnded(rollout) && rollout.record.status !== derived(attempt, rollout.record.config);
    return {
      ...attempt,
      outcome: !isLatest ? 'superseded' : isRefused || endedOtherwise ? 'ignored-terminal' : 'applied',
    };
  }

  /**
   * Stores what is new and belongs to something, and takes it as one sign of life of each attempt.
   * @returns what was stored, and whether something was of an unknown attempt
   */
  addSpans(spans: readonly SpanInput[]): { readonly stored: SpanInput[]; readonly hasUnknown: boolean } {
    const stored: SpanInput[] = [];
    const alive = new Set<ModelAttempt>();
    let hasUnknown = false;
    for (const span of spans) {
      const { rolloutId, attemptId, spanId, sequenceId } = span;
      const attempt = this.rollouts.get(rolloutId)?.attempts.find(({ record }) => record.attemptId === attemptId);
      hasUnknown ||= attempt === undefined;
      if (attempt === undefined) continue;
      if (sequenceId !== null) {
        this.#counters.set(rolloutId, Math.max(sequenceId, this.#counters.get(rolloutId) ?? 0));
      }
      if (attempt.spans.has(spanId)) continue;
      const numbered = { ...span, sequenceId: sequenceId ?? this.nextSequenceId(rolloutId) };
      attempt.spans.set(spanId, numbered);
      stored.push(numbered);
      alive.add(attempt);
    }
    for (const { record } of alive) {
      record.lastHeartbeatTime = this.now;
      if (!OVER.includes(record.status)) this.#showsLife(record);
    }
    return { stored, hasUnknown };
  }

  /** @param atLeast - numbers before it were taken by requests whose replies were lost */
  nextSequenceId(rolloutId: string, atLeast = 0): number {
    const next = Math.max((this.#counters.get(rolloutId) ?? 0) + 1, atLeast);
    this.#counters.set(rolloutId, next);
    return next;
  }

  /** @returns the attempts that the worker should abort */
  heartbeat(
    workerId: string,
    stats: Record<string, unknown> | undefined,
    named: readonly { readonly rolloutId: string; readonly attemptId: string }[] | undefined,
  ): string[] {
    this.#workers.heard(workerId, stats, this.now);
    const fenced = (named ?? []).filter(({ rolloutId, attemptId }) => {
      const rollout = this.rollouts.get(rolloutId);
      const latest = rollout?.attempts.at(-1)?.record;
      if (rollout === undefined || latest?.attemptId !== attemptId) return true;
      if (OVER.includes(latest.status) || hasEnded(rollout)) return true;
      latest.lastHeartbeatTime = this.now;
      if (latest.status === 'unresponsive') this.#showsLife(latest);
      return false;
    });
    if (named !== undefined)
      this.#endLeases(
        workerId,
        named.map(({ attemptId }) => attemptId),
      );
    return fenced.map(({ attemptId }) => attemptId);
  }

  /** Content that is there already changes nothing but which snapshot is the latest. */
  putResources(resourcesId: string, text: string): ModelResources {
    const known = this.resources.get(resourcesId);
    this.latestResourcesId = resourcesId;
    if (known?.text === text) return known;
    const { createTime = this.now, version = 0 } = known ?? {};
    const update = { resourcesId, createTime, updateTime: this.now, version: version + 1, text };
    this.resources.set(resourcesId, update);
    return update;
  }

  /** Those of the named rollouts that have ended, in the order of the names. */
  ended(rolloutIds: readonly string[]): Rollout[] {
    return rolloutIds.flatMap((id) => {
      const rollout = this.rollouts.get(id);
      return rollout !== undefined && hasEnded(rollout) ? [rollout.record] : [];
    });
  }

  #make(requests: readonly ModelRequest[], status: 'queuing' | 'preparing'): ModelRollout[] {
    const made = new Map<string, string | undefined>();
    for (const { rolloutId, ...request } of requests) {
      const text = request.isChosen ? JSON.stringify({ ...request, status }) : undefined;
      const known = this.rollouts.get(rolloutId);
      const isTaken = known !== undefined || made.has(rolloutId);
      if (isTaken && (text === undefined || (known?.request ?? made.get(rolloutId)) !== text)) {
        throw CONFLICT;
      }
      made.set(rolloutId, text);
    }
    return requests.map(({ rolloutId, input, mode, resourcesId, config, metadata, priority }) => {
      const known = this.rollouts.get(rolloutId);
      if (known !== undefined) return known;
      const times = { startTime: this.now, endTime: null };
      const record = { rolloutId, input, mode, resourcesId, config, metadata, priority, status, ...times };
      record.resourcesId ??= this.latestResourcesId;
      const rollout = { record, attempts: [], request: made.get(rolloutId), place: ++this.#places };
      this.rollouts.set(rolloutId, rollout);
      this.changes.push({ rolloutId, from: null, to: status });
      return rollout;
    });
  }

  #begin(rollout: ModelRollout, attemptId: string, workerId: string | null, isFromQueue: boolean): Attempt {
    const record: Attempt = {
      rolloutId: rollout.record.rolloutId,
      attemptId,
      sequenceId: rollout.attempts.length + 1,
      startTime: this.now,
      endTime: null,
      status: 'preparing',
      workerId,
      lastHeartbeatTime: null,
      metadata: null,
    };
    rollout.attempts.push({ record, spans: new Map() });
    this.#setStatus(rollout, 'preparing');
    this.#workers.follow(record, isFromQueue, this.now);
    return record;
  }

  #setStatus(rollout: ModelRollout, to: RolloutStatus): void {
    const { record } = rollout;
    const from = record.status;
    if (from === to) return;
    if (QUEUED.includes(to) && !QUEUED.includes(from)) rollout.place = ++this.#places;
    record.status = to;
    if (ENDED.includes(to)) record.endTime = this.now;
    this.changes.push({ rolloutId: record.rolloutId, from, to });
  }

  /**
   * What a worker claimed under an id and leaves out of its heartbeats for half a minute nobody works on, unless it is another's by now. Who was silent for
   * longer has only just come back, and may still ask for what it claimed.
   */
  #endLeases(workerId: string, named: readonly string[]): void {
    const claims = [...this.#claims.values()].filter((claim) => claim.workerId === workerId);
    const claimed = new Set(claims.flatMap((claim) => claim.claimed));
    // In the order of the rollouts.
    const leftOut = [...this.rollouts.values()]
      .flatMap(({ attempts }) => attempts.at(-1)?.record ?? [])
      .filter((attempt) => claimed.has(attempt) && attempt.status === 'preparing')
      .filter((attempt) => !named.includes(attempt.attemptId));
    const before = this.#leftOut.get(workerId);
    const isBack = before === undefined || this.now > before.at + CLAIM_LEASE_SECONDS;
    const since = new Map(
      leftOut.map((attempt) => [attempt, (isBack ? undefined : before.since.get(attempt)) ?? this.now]),
    );
    this.#leftOut.set(workerId, { at: this.now, since });
    for (const attempt of leftOut) {
      const rollout = this.#find(attempt.rolloutId);
      const isOver = this.now > (since.get(attempt) as number) + CLAIM_LEASE_SECONDS;
      if (isOver && attempt.workerId === workerId && rollout.record.status === 'preparing') {
        this.#giveUp(rollout, attempt, 'unresponsive');
      }
    }
  }

  #giveUp(rollout: ModelRollout, attempt: Attempt, reason: 'timeout' | 'unresponsive'): void {
    attempt.status = reason;
    this.#setStatus(rollout, derived(attempt, rollout.record.config));
    this.#workers.release(attempt, this.now);
  }

  /** A live attempt runs, and so does its rollout, unless it has ended or another attempt is the latest. */
  #showsLife(attempt: Attempt): void {
    attempt.status = 'running';
    const rollout = this.#find(attempt.rolloutId);
    const waits = rollout.record.status === 'preparing' || QUEUED.includes(rollout.record.status);
    if (waits && rollout.attempts.at(-1)?.record === attempt) this.#setStatus(rollout, 'running');
  }

  #find(rolloutId: string): ModelRollout {
    const rollout = this.rollouts.get(rolloutId);
    if (rollout === undefined) throw NOT_FOUND;
    return rollout;
  }

  #attempt({ attempts }: ModelRollout, attemptId: string): ModelAttempt {
    const attempt =
      attemptId === 'latest' ? attempts.at(-1) : attempts.find(({ record }) => record.attemptId === attemptId);
    if (attempt === undefined) throw NOT_FOUND;
    return attempt;
  }
}
