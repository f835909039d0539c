/**
 * The status rules, once, for every backend: a store reads the rows, calls {@link transitionRollout}, and writes what
 * it returns, in one transaction. No I/O and no clock here. The rules are upstream's (v0.3.0) with its ways to lose or
 * repeat work closed:
 *
 * - Only the latest attempt changes its rollout.
 * - A rollout that has ended stays so for reports, spans and deadlines; only an operator (`updateRollout`, `startAttempt`) reopens it.
 * - An attempt that has ended takes no other status, with one exception: `succeeded` after `timeout` is accepted while the rollout
 *   waits for its retry and nobody has claimed it, so that paid work is not thrown away.
 * - A span on an attempt that has ended changes neither status nor queue.
 * - An attempt that failed as its model endpoint was down is tried again as one that fell silent is.
 * - An attempt that is given back, as it was lost through no fault of its task, costs the rollout none of its attempts.
 */
import { type Attempt, type AttemptStatus, isAttemptOver } from './attempt.ts';
import { ENDPOINT_REASONS, endpointReasonOf } from './attempt-reason.ts';
import { CLAIM_LEASE_SECONDS, type DeadlineReason, passedDeadline } from './deadline.ts';
import type { ReportOutcome } from './report-outcome.ts';
import { isQueued, isTerminal, type Rollout, type RolloutConfig, type RolloutStatus } from './rollout.ts';
import type { WorkerEffect } from './worker-effect.ts';

/** The rows that the rules look at. */
export interface RolloutState {
  readonly rollout: Rollout;
  /** The attempt with the highest `sequenceId`. */
  readonly latestAttempt: Attempt | undefined;
}

/** The fields of a rollout that an operator sets; an absent key leaves the field alone. */
export type RolloutChanges = {
  readonly [K in 'input' | 'mode' | 'resourcesId' | 'status' | 'config' | 'metadata']?: Rollout[K];
};

/** The fields of an attempt that a report sets; an absent key leaves the field alone. */
export interface AttemptChanges {
  readonly status?: AttemptStatus;
  readonly workerId?: string;
  readonly lastHeartbeatTime?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** With the status `unresponsive`: does not count towards `maxAttempts`. */
  readonly givenBack?: boolean;
}

/** What can happen to a rollout that exists. */
export type RolloutEvent =
  /** A worker, or nobody in particular, starts the next attempt: from the queue (`dequeued`) or by hand. */
  | {
      readonly type: 'claimed';
      readonly attemptId: string;
      readonly workerId: string | null;
      readonly dequeued: boolean;
    }
  /** An operator changes the rollout; any status may follow any other. */
  | { readonly type: 'rollout-updated'; readonly changes: RolloutChanges }
  /** A report about one of its attempts. */
  | { readonly type: 'attempt-reported'; readonly attempt: Attempt; readonly changes: AttemptChanges }
  /** A span that was not known yet has been stored for one of its attempts. */
  | { readonly type: 'span-received'; readonly attempt: Attempt }
  /** A worker says that it executes one of its attempts. */
  | { readonly type: 'heartbeat'; readonly attempt: Attempt }
  /**
   * A worker said what it executes, and this attempt, which it claimed under a claim id, is not among it, and has not been since `leftOutSince`. Nothing
   * happens while the lease of the claim lasts, nor once the attempt is another worker's.
   */
  | {
      readonly type: 'not-named';
      readonly attempt: Attempt;
      readonly workerId: string;
      readonly leftOutSince: number;
    }
  /** The time that `deadlineOf()` names may have passed; nothing happens if it has not. `openedAt` is what that was given. */
  | { readonly type: 'deadline-passed'; readonly openedAt?: number };

/** What an event changes: whole records to write, `undefined` for what stays as it is. */
export interface Transition {
  readonly rollout: Rollout | undefined;
  /** A new attempt after `claimed`, otherwise the changed one. */
  readonly attempt: Attempt | undefined;
  readonly worker: WorkerEffect | undefined;
  readonly outcome: ReportOutcome;
}

/**
 * What `event` changes.
 *
 * @param now - seconds since the Unix epoch, on the store's clock
 */
export function transitionRollout(state: RolloutState, event: RolloutEvent, now: number): Transition {
  switch (event.type) {
    case 'claimed':
      return claimed(state, event, now);
    case 'rollout-updated':
      return changed({ rollout: updated(state.rollout, event.changes, now) });
    case 'attempt-reported':
      return reported(state, event.attempt, event.changes, now);
    case 'span-received':
      return spanReceived(state, event.attempt, now);
    case 'heartbeat':
      return heartbeat(state, event.attempt, now);
    case 'not-named':
      return notNamed(state, event, now);
    case 'deadline-passed':
      return deadlinePassed(state, now, event.openedAt);
    default:
      throw new TypeError(`Unknown event: ${JSON.stringify(event satisfies never)}`);
  }
}

/**
 * The status a rollout takes from its latest attempt: an attempt that came to nothing is tried again if its status is
 * in `retryCondition` and attempts are left; started by hand, they count as well. One that failed as its model endpoint was down is
 * lost rather than failed, and tried again where `unresponsive` ones are.
 */
export function rolloutStatusAfter(attempt: Attempt, config: RolloutConfig): RolloutStatus {
  switch (attempt.status) {
    case 'preparing':
    case 'running':
    case 'succeeded':
      return attempt.status;
    case 'failed':
    case 'timeout':
    case 'unresponsive': {
      const isLost = attempt.status === 'failed' && endpointReasonOf(attempt) === ENDPOINT_REASONS.outage;
      const isRetried = (status: AttemptStatus): boolean => config.retryCondition.includes(status);
      const retries = isRetried(attempt.status) || (isLost && isRetried('unresponsive'));
      return retries && attempt.sequenceId < config.maxAttempts ? 'requeuing' : 'failed';
    }
    default:
      throw new TypeError(`Unknown attempt status: ${String(attempt.status satisfies never)}`);
  }
}

/**
 * What a change of status means for the queue, which is nothing but the rollouts in `queuing` or `requeuing`: one that
 * `joins` goes to the tail of its priority, one that `stays` keeps its place.
 */
export function queueMove(from: RolloutStatus | null, to: RolloutStatus): 'joins' | 'leaves' | 'stays' {
  const wasQueued = from !== null && isQueued(from);
  if (wasQueued === isQueued(to)) return 'stays';
  return wasQueued ? 'leaves' : 'joins';
}

function claimed(
  { rollout, latestAttempt }: RolloutState,
  { attemptId, workerId, dequeued }: RolloutEvent & { type: 'claimed' },
  now: number,
): Transition {
  const attempt: Attempt = {
    rolloutId: rollout.rolloutId,
    attemptId,
    sequenceId: (latestAttempt?.sequenceId ?? 0) + 1,
    startTime: now,
    endTime: null,
    status: 'preparing',
    workerId,
    lastHeartbeatTime: null,
    metadata: null,
  };
  return changed({ rollout: withStatus(rollout, 'preparing', now), attempt, worker: workerEffect(attempt, dequeued) });
}

function updated(rollout: Rollout, { status, ...fields }: RolloutChanges, now: number): Rollout {
  const next = { ...rollout, ...fields };
  return status === undefined ? next : (withStatus(next, status, now) ?? next);
}

function reported(
  { rollout, latestAttempt }: RolloutState,
  attempt: Attempt,
  { status, workerId, lastHeartbeatTime, metadata, givenBack = false }: AttemptChanges,
  now: number,
): Transition {
  const isLatest = attempt.attemptId === latestAttempt?.attemptId;
  const isLateSuccess =
    attempt.status === 'timeout' && status === 'succeeded' && isLatest && rollout.status === 'requeuing';
  const takesStatus = status !== undefined && (!isAttemptOver(attempt.status) || isLateSuccess);

  const next: Attempt = { ...attempt };
  if (workerId !== undefined) next.workerId = workerId;
  // A client whose clock is ahead must not buy itself time.
  if (lastHeartbeatTime !== undefined) next.lastHeartbeatTime = Math.min(lastHeartbeatTime, now);
  if (metadata !== undefined) next.metadata = { ...metadata };
  if (takesStatus) next.status = status;
  if (takesStatus && (status === 'succeeded' || status === 'failed')) next.endTime = now;
  const derived = rolloutStatusAfter(next, rollout.config);
  // One that was silent before has cost its attempt, and a report that is repeated must not give back twice.
  const isReturned = givenBack && (attempt.status === 'preparing' || attempt.status === 'running');
  const isReturnedAlready = givenBack && !isReturned;
  const hasEndedOtherwise = isTerminal(rollout.status) && derived !== rollout.status;
  const isRefused = status !== undefined && next.status !== status;
  return {
    rollout:
      takesStatus && isLatest && !isTerminal(rollout.status) && !isReturnedAlready
        ? isReturned
          ? returned(rollout, now)
          : withStatus(rollout, derived, now)
        : undefined,
    attempt: next,
    worker: takesStatus || workerId ? workerEffect(next, false) : undefined,
    outcome: !isLatest ? 'superseded' : hasEndedOtherwise || isRefused ? 'ignored-terminal' : 'applied',
  };
}

function spanReceived({ rollout, latestAttempt }: RolloutState, attempt: Attempt, now: number): Transition {
  const isOver = isAttemptOver(attempt.status);
  const next: Attempt = { ...attempt, lastHeartbeatTime: now, status: isOver ? attempt.status : 'running' };
  const isLatest = attempt.attemptId === latestAttempt?.attemptId;
  return {
    rollout: isLatest && !isOver ? lifted(rollout, now) : undefined,
    attempt: next,
    worker: undefined,
    outcome: !isLatest ? 'superseded' : isOver || isTerminal(rollout.status) ? 'ignored-terminal' : 'applied',
  };
}

function heartbeat({ rollout, latestAttempt }: RolloutState, attempt: Attempt, now: number): Transition {
  if (attempt.attemptId !== latestAttempt?.attemptId) return { ...changed({}), outcome: 'superseded' };
  if (isAttemptOver(attempt.status) || isTerminal(rollout.status)) {
    return { ...changed({}), outcome: 'ignored-terminal' };
  }
  const alive: Attempt = { ...attempt, lastHeartbeatTime: now };
  if (attempt.status !== 'unresponsive') return changed({ attempt: alive });
  return changed({ attempt: { ...alive, status: 'running' }, rollout: lifted(rollout, now) });
}

/** Its answer was lost, or the worker forgot it: in either case nobody works on it. */
function notNamed(
  { rollout, latestAttempt }: RolloutState,
  { attempt, workerId, leftOutSince }: RolloutEvent & { type: 'not-named' },
  now: number,
): Transition {
  if (attempt.attemptId !== latestAttempt?.attemptId || attempt.workerId !== workerId) return changed({});
  if (rollout.status !== 'preparing' || attempt.status !== 'preparing') return changed({});
  return now > leftOutSince + CLAIM_LEASE_SECONDS ? givenUp(rollout, attempt, 'unresponsive', now) : changed({});
}

function deadlinePassed({ rollout, latestAttempt }: RolloutState, now: number, openedAt?: number): Transition {
  const reason = passedDeadline(rollout, latestAttempt, now, openedAt);
  if (reason === undefined || latestAttempt === undefined) return changed({});
  return givenUp(rollout, latestAttempt, reason, now);
}

function givenUp(rollout: Rollout, latestAttempt: Attempt, reason: DeadlineReason, now: number): Transition {
  const attempt: Attempt = { ...latestAttempt, status: reason };
  return changed({
    rollout: withStatus(rollout, rolloutStatusAfter(attempt, rollout.config), now),
    attempt,
    worker: workerEffect(attempt, false),
  });
}

function changed({ rollout, attempt, worker, outcome = 'applied' }: Partial<Transition>): Transition {
  return { rollout, attempt, worker, outcome };
}

/** A rollout whose attempt does not count: it is queued again whatever may be retried, and may have one attempt more. */
function returned(rollout: Rollout, now: number): Rollout {
  const config = { ...rollout.config, maxAttempts: rollout.config.maxAttempts + 1 };
  return { ...(withStatus(rollout, 'requeuing', now) ?? rollout), config };
}

/** A rollout whose live attempt showed itself is running, and with that out of the queue. */
function lifted(rollout: Rollout, now: number): Rollout | undefined {
  const waits = rollout.status === 'preparing' || isQueued(rollout.status);
  return waits ? withStatus(rollout, 'running', now) : undefined;
}

/** `undefined` if the rollout has the status already: a terminal status keeps the time of its first writing. */
function withStatus(rollout: Rollout, status: RolloutStatus, now: number): Rollout | undefined {
  if (status === rollout.status) return undefined;
  return { ...rollout, status, endTime: isTerminal(status) ? now : rollout.endTime };
}

function workerEffect(attempt: Attempt, dequeued: boolean): WorkerEffect | undefined {
  const { workerId, rolloutId, attemptId, status } = attempt;
  if (workerId === null || workerId === '') return undefined;
  if (status === 'preparing' || status === 'running') return { type: 'busy', workerId, rolloutId, attemptId, dequeued };
  return {
    type: 'released',
    workerId,
    attemptId,
    to: status === 'succeeded' || status === 'failed' ? 'idle' : 'unknown',
  };
}
