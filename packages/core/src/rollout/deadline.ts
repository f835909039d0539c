import { type Attempt, isAttemptOver } from './attempt.ts';
import type { Rollout } from './rollout.ts';

/**
 * How long a worker may leave an attempt that it claimed under a claim id out of its heartbeats before the attempt is given up: seconds. Long enough for
 * a client that lost the answer to come back for it.
 */
export const CLAIM_LEASE_SECONDS = 30;

/** Why an attempt is given up. */
export type DeadlineReason = 'timeout' | 'unresponsive';

/**
 * When the watchdog has to look at a rollout again: seconds since the Unix epoch, `undefined` if never. The deadline
 * has passed once the clock is strictly later. Only a rollout that is `preparing` or `running` has one, and only
 * through its latest attempt.
 */
export function deadlineOf(rollout: Rollout, latestAttempt: Attempt | undefined): number | undefined {
  const { timeoutAt, unresponsiveAt } = deadlinesOf(rollout, latestAttempt);
  const first = Math.min(timeoutAt, unresponsiveAt);
  return first === Number.POSITIVE_INFINITY ? undefined : first;
}

/** Which deadline has passed at `now`, if any. When both have, `timeout` wins, as upstream has it. */
export function passedDeadline(
  rollout: Rollout,
  latestAttempt: Attempt | undefined,
  now: number,
): DeadlineReason | undefined {
  const { timeoutAt, unresponsiveAt } = deadlinesOf(rollout, latestAttempt);
  if (now > timeoutAt) return 'timeout';
  return now > unresponsiveAt ? 'unresponsive' : undefined;
}

function deadlinesOf(rollout: Rollout, latestAttempt: Attempt | undefined) {
  const never = { timeoutAt: Number.POSITIVE_INFINITY, unresponsiveAt: Number.POSITIVE_INFINITY };
  if (rollout.status !== 'preparing' && rollout.status !== 'running') return never;
  if (latestAttempt === undefined || isAttemptOver(latestAttempt.status)) return never;
  const { startTime, lastHeartbeatTime, status } = latestAttempt;
  const { timeoutSeconds, unresponsiveSeconds } = rollout.config;
  return {
    timeoutAt: timeoutSeconds === null ? never.timeoutAt : startTime + timeoutSeconds,
    unresponsiveAt:
      unresponsiveSeconds === null || status === 'unresponsive'
        ? never.unresponsiveAt
        : (lastHeartbeatTime ?? startTime) + unresponsiveSeconds,
  };
}
