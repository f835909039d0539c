import type { AttemptedRollout, LightningStore, Logger, Rollout } from '@agentlightning/core';
import { settlesWithin } from '../deadline.ts';
import { REPORT_MS } from './runners.ts';

/** Why attempts have nobody to finish them; stored as `metadata.reason` of each. */
export type LossReason =
  /** The thread that executed them died. */
  | 'runner lost'
  /** The run ended before they did. */
  | 'interrupted';

/**
 * Reports what workers that are gone had in flight as `unresponsive`, so that the store tries those rollouts again or fails them, as the
 * config of each says, and nobody waits for them for ever. Reporting twice does no harm.
 *
 * @param workerIds - ids that no living worker has
 * @param cause - what happened to the workers, in words; stored as `metadata.cause`
 * @returns how many attempts were reported
 */
export async function reportLostAttempts(
  store: LightningStore,
  workerIds: ReadonlySet<string>,
  reason: LossReason,
  cause?: string,
): Promise<number> {
  const open = await store.queryRollouts({ statusIn: ['preparing', 'running'] });
  const lost = open.items.filter((rollout) => isAttemptOf(rollout, workerIds));
  for (const { rolloutId, attempt } of lost) {
    await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: 'unresponsive',
      metadata: { ...attempt.metadata, reason, ...(cause === undefined ? {} : { cause }) },
    });
  }
  return lost.length;
}

/**
 * Reports what workers had in flight when the run ended. The end of a run waits for it for a second and no longer: the store may be gone already.
 */
export async function reportInterrupted(
  store: LightningStore,
  workerIds: ReadonlySet<string>,
  logger: Logger,
): Promise<void> {
  const reporting = reportLostAttempts(store, workerIds, 'interrupted').catch((error: unknown) => {
    logger.warn({ err: error }, 'Interrupted attempts could not be reported');
  });
  await settlesWithin(reporting, REPORT_MS);
}

function isAttemptOf(rollout: Rollout | AttemptedRollout, workerIds: ReadonlySet<string>): rollout is AttemptedRollout {
  if (!('attempt' in rollout)) return false;
  const { workerId, status } = rollout.attempt;
  return workerId !== null && workerIds.has(workerId) && (status === 'preparing' || status === 'running');
}
