import { type Attempt, isAttemptOver } from './attempt.ts';
import type { Rollout } from './rollout.ts';

/**
 * How long a worker may leave an attempt that it claimed under a claim id out of its heartbeats before the attempt is given up: seconds. Long enough for
 * a client that lost the answer to come back for it.
 */
export const CLAIM_LEASE_SECONDS = 30;

/**
 * A worker that a store could not hear while it was closed gets so long to report, seconds: longer than clients pause between two looks for a store that
 * is away.
 */
const REPORT_GRACE_SECONDS = 30;

/** Why an attempt is given up. */
export type DeadlineReason = 'timeout' | 'unresponsive';

/**
 * When the watchdog has to look at a rollout again: seconds since the Unix epoch, `undefined` if never. The deadline
 * has passed once the clock is strictly later. Only a rollout that is `preparing` or `running` has one, and only
 * through its latest attempt.
 *
 * @param openedAt - when the store was opened, if it was there before: nobody could report while it was closed. An attempt that is older has some time more, and
 *   more than it takes to notice that nobody works on it. Otherwise a run that was killed in the middle of it, and goes on the next day, would
 *   take it for one that took too long.
 */
export function deadlineOf(
  rollout: Rollout,
  latestAttempt: Attempt | undefined,
  openedAt?: number,
): number | undefined {
  const { timeoutAt, unresponsiveAt } = deadlinesOf(rollout, latestAttempt, openedAt);
  const first = Math.min(timeoutAt, unresponsiveAt);
  return first === Number.POSITIVE_INFINITY ? undefined : first;
}

/** Which deadline has passed at `now`, if any. When both have, `timeout` wins, as upstream has it. `openedAt`: see {@link deadlineOf}. */
export function passedDeadline(
  rollout: Rollout,
  latestAttempt: Attempt | undefined,
  now: number,
  openedAt?: number,
): DeadlineReason | undefined {
  const { timeoutAt, unresponsiveAt } = deadlinesOf(rollout, latestAttempt, openedAt);
  if (now > timeoutAt) return 'timeout';
  return now > unresponsiveAt ? 'unresponsive' : undefined;
}

function deadlinesOf(
  rollout: Rollout,
  latestAttempt: Attempt | undefined,
  openedAt: number = Number.NEGATIVE_INFINITY,
) {
  const never = { timeoutAt: Number.POSITIVE_INFINITY, unresponsiveAt: Number.POSITIVE_INFINITY };
  if (rollout.status !== 'preparing' && rollout.status !== 'running') return never;
  if (latestAttempt === undefined || isAttemptOver(latestAttempt.status)) return never;
  const { startTime, lastHeartbeatTime, status } = latestAttempt;
  const { timeoutSeconds, unresponsiveSeconds } = rollout.config;
  const notBefore =
    startTime < openedAt ? openedAt + REPORT_GRACE_SECONDS + (unresponsiveSeconds ?? 0) : Number.NEGATIVE_INFINITY;
  return {
    timeoutAt: timeoutSeconds === null ? never.timeoutAt : Math.max(startTime + timeoutSeconds, notBefore),
    unresponsiveAt:
      unresponsiveSeconds === null || status === 'unresponsive'
        ? never.unresponsiveAt
        : (lastHeartbeatTime ?? startTime) + unresponsiveSeconds,
  };
}
