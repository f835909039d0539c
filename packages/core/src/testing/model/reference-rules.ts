import type { Attempt, AttemptStatus } from '../../rollout/attempt.ts';
import type { RolloutConfig, RolloutStatus } from '../../rollout/rollout.ts';
import type { ModelRollout } from './model-records.ts';

/** Attempts that have ended for good; a silent one may come back. */
export const OVER: readonly AttemptStatus[] = ['succeeded', 'failed', 'timeout'];
/** Rollouts that have ended. */
export const ENDED: readonly RolloutStatus[] = ['succeeded', 'failed', 'cancelled'];
/** Rollouts that wait to be claimed. */
export const QUEUED: readonly RolloutStatus[] = ['queuing', 'requeuing'];

/** A deadline that lies in the past. */
export interface PassedDeadline {
  readonly rollout: ModelRollout;
  readonly attempt: Attempt;
  readonly at: number;
  readonly reason: 'timeout' | 'unresponsive';
}

/** Whether a rollout has ended. */
export function hasEnded({ record }: ModelRollout): boolean {
  return ENDED.includes(record.status);
}

/** What the latest attempt makes of its rollout. */
export function derived(attempt: Attempt, config: RolloutConfig): RolloutStatus {
  const { status, sequenceId } = attempt;
  if (status === 'preparing' || status === 'running' || status === 'succeeded') return status;
  // Written out here, as everything that the rules are compared with.
  const isLost = status === 'failed' && attempt.metadata?.['reason'] === 'model outage';
  const isRetried = config.retryCondition.some(
    (retried) => retried === status || (isLost && retried === 'unresponsive'),
  );
  return isRetried && sequenceId < config.maxAttempts ? 'requeuing' : 'failed';
}

/**
 * The earliest deadline strictly before `to`. Attempts that are older than the last opening of the store do not run out of time in its first half minute, nor
 * before their silence since then has been noticed.
 */
export function nextDeadline(
  rollouts: Iterable<ModelRollout>,
  to: number,
  { now, openedAt }: { readonly now: number; readonly openedAt: number },
): PassedDeadline | undefined {
  let first: PassedDeadline | undefined;
  for (const rollout of rollouts) {
    const { status, config } = rollout.record;
    const attempt = rollout.attempts.at(-1)?.record;
    if ((status !== 'preparing' && status !== 'running') || attempt === undefined) continue;
    if (OVER.includes(attempt.status)) continue;
    const heard = attempt.lastHeartbeatTime ?? attempt.startTime;
    const isSilent = attempt.status === 'unresponsive';
    const limit = attempt.startTime + (config.timeoutSeconds ?? Number.POSITIVE_INFINITY);
    const isOlder = attempt.startTime < openedAt;
    const timeoutAt = isOlder ? Math.max(limit, openedAt + 30 + (config.unresponsiveSeconds ?? 0)) : limit;
    const silentAt =
      heard + (isSilent ? Number.POSITIVE_INFINITY : (config.unresponsiveSeconds ?? Number.POSITIVE_INFINITY));
    const at = Math.min(timeoutAt, silentAt);
    // Of two that have passed by the time somebody looks, the timeout counts.
    const isTimeout = timeoutAt <= silentAt || timeoutAt < now;
    const reason = isTimeout ? 'timeout' : 'unresponsive';
    if (at < to && (first === undefined || at < first.at)) first = { rollout, attempt, at, reason };
  }
  return first;
}
