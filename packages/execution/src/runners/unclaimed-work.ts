import { LightningError, type LightningStore, QUEUED_STATUSES } from '@agentlightning/core';
import { pause } from '../deadline.ts';

/** How often a store is asked that cannot tell of changes. */
const POLL_MS = 1000;

/**
 * For when all runners have ended although the run has not: an algorithm that needs no more rollouts goes on to its end, but one that
 * enqueues another would wait for ever. Resolves when `signal` aborts.
 *
 * @throws LightningError `RUNNERS_LOST` as soon as a rollout is queued
 */
export async function failOnUnclaimedWork(
  store: LightningStore,
  maxRollouts: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!(await workIsQueued(store, signal))) return;
  const cause =
    maxRollouts === undefined
      ? 'all runners have ended'
      : `the runners have claimed 'maxRollouts' (${maxRollouts}) rollouts and stopped: raise it, or leave it out`;
  throw new LightningError('RUNNERS_LOST', `Rollouts are waiting and nobody will work on them: ${cause}`, {
    details: maxRollouts === undefined ? {} : { reason: 'max-rollouts', maxRollouts },
  });
}

/** Whether work came up before the signal. */
async function workIsQueued(store: LightningStore, signal: AbortSignal): Promise<boolean> {
  let wake = (): void => {};
  const unsubscribe = store.onRolloutChange?.(({ to }) => {
    if (QUEUED_STATUSES.includes(to)) wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      // Asking after the listener is in place: what is queued in between is noticed by one or the other.
      const { total } = await store.queryRollouts({ statusIn: QUEUED_STATUSES, limit: 0 });
      if (total > 0) return true;
      await (unsubscribe === undefined ? pause(POLL_MS, signal) : changed);
    }
    return false;
  } finally {
    signal.removeEventListener('abort', stop);
    unsubscribe?.();
  }
}
