import { type LightningStore, UNDELIVERED_KEY } from '@agentlightning/core';

/** What of a store is needed to give a claim back. */
export type ClaimReturns = Pick<LightningStore, 'getRolloutById' | 'updateAttempt' | 'updateRollout'>;

/**
 * Queues a claimed rollout again that nobody has begun to work on. Does nothing if it moved on meanwhile: begun, cancelled, claimed by
 * somebody else.
 *
 * @param canGiveBack - whether the store knows `givenBack`: the claim then is given back in one report, at no cost, and whoever dies does so before or after it.
 *   Otherwise there are two, of which the first alone leaves the rollout to the claim's lease
 */
export async function releaseClaim(
  store: ClaimReturns,
  rolloutId: string,
  attemptId: string,
  canGiveBack = true,
): Promise<void> {
  const rollout = await store.getRolloutById(rolloutId);
  if (rollout === undefined || !('attempt' in rollout) || rollout.attempt === undefined) return;
  const { attempt } = rollout;
  if (rollout.status !== 'preparing' || attempt.attemptId !== attemptId || attempt.status !== 'preparing') return;
  const metadata = { ...attempt.metadata, [UNDELIVERED_KEY]: true };
  if (canGiveBack) {
    await store.updateAttempt(rolloutId, attemptId, { status: 'unresponsive', givenBack: true, metadata });
    return;
  }
  await store.updateAttempt(rolloutId, attemptId, { metadata });
  await store.updateRollout(rolloutId, { status: 'requeuing' });
}
