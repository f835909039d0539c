import { ENDPOINT_REASONS, endpointReasonOf, type LightningStore, toLightningError } from '@agentlightning/core';
import { troubleIn } from './agent-health.ts';
import type { RunState } from './run-state.ts';

/**
 * Stops a run whose agents find nobody at their model's address: their attempts are tried again, as an outage would pass, and nothing of that ends a rollout for a
 * while. If their model has worked before, it is waited for, and the run says so. On a store that does not tell of changes it is noticed when rollouts end.
 *
 * @returns stops watching
 */
export function watchRetries(store: LightningStore, run: RunState): () => void {
  const look = async (rolloutId: string): Promise<void> => {
    // A runner that waits for work may have the next attempt by now.
    const attempts = await store.queryAttempts(rolloutId, { limit: -1 });
    const attempt = attempts.items.findLast(({ status }) => status !== 'preparing' && status !== 'running');
    if (attempt === undefined || endpointReasonOf(attempt) !== ENDPOINT_REASONS.outage) return;
    const { items } = await store.querySpans({ rolloutId, attemptId: attempt.attemptId });
    run.agentTrouble.failed(troubleIn(items) ?? ENDPOINT_REASONS.outage);
    const unusable = run.agentHealth.observeRetry(items);
    if (unusable !== undefined) run.poison(unusable);
  };
  const unsubscribe = store.onRolloutChange?.(({ rolloutId, to }) => {
    if (to !== 'requeuing') return;
    look(rolloutId).catch((error: unknown) => {
      // The evaluation that waits for the rollout finds out by itself what is wrong with the store.
      run.options.logger.debug({ rolloutId, err: toLightningError(error) }, 'An attempt could not be looked at');
    });
  });
  return () => unsubscribe?.();
}
