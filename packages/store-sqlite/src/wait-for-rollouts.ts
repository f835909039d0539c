import { isTerminal, type Rollout, type WaitForRolloutsOptions } from '@agentlightning/core';
import { waitAborted } from '@agentlightning/core/store-kit';
import type { StoreEngine } from './store-engine.ts';

/** `waitForRollouts()` of the contract: a look at those that are there, a wait for enough of them, and another look. */
export async function waitForRollouts(engine: StoreEngine, options: WaitForRolloutsOptions): Promise<Rollout[]> {
  const { rolloutIds, timeoutSeconds = null, minDone, signal } = options;
  engine.check();
  if (signal?.aborted) throw waitAborted(signal);
  const { pages } = engine;
  // The look and the beginning of the wait are one step: no commit comes between.
  const { waiting } = await engine.read(() => {
    const known = [...new Set(rolloutIds)].flatMap((rolloutId) => {
      const status = pages.statusOf(rolloutId);
      return status === undefined ? [] : [{ rolloutId, status }];
    });
    const ended = known.filter(({ status }) => isTerminal(status)).length;
    const wanted = Math.min(minDone ?? known.length, known.length);
    if (ended >= wanted || (timeoutSeconds !== null && timeoutSeconds <= 0)) return { waiting: undefined };
    return {
      waiting: engine.waitForEnds({
        rolloutIds: known.map(({ rolloutId }) => rolloutId),
        ended,
        minDone: wanted,
        timeoutSeconds: timeoutSeconds ?? undefined,
        signal,
      }),
    };
  });
  await waiting;
  return engine.read(() => rolloutIds.flatMap((rolloutId) => pages.ended(rolloutId) ?? []));
}
