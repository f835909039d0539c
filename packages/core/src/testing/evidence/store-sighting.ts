import type { Attempt } from '../../rollout/attempt.ts';
import type { AttemptedRollout, Rollout } from '../../rollout/rollout.ts';
import type { Span } from '../../span/span.ts';
import type { LightningStore } from '../../store/lightning-store.ts';
import type { ResourcesUpdate } from '../../store/resources-update.ts';

/** All that a store held at one moment. */
export interface StoreSighting {
  readonly rollouts: readonly SeenRollout[];
  readonly resources: readonly ResourcesUpdate[];
  /** Ids of the rollouts that a claim of everything got then; absent if nobody claimed. */
  readonly claimed?: readonly string[];
}

/** A rollout with all that belongs to it. */
export interface SeenRollout {
  readonly rollout: Rollout | AttemptedRollout;
  /** In the order of their numbers. */
  readonly attempts: readonly Attempt[];
  readonly spans: readonly Span[];
}

/**
 * Reads a whole store.
 * @param claim - claims all that is queued afterwards, as the last thing that is done to this store; default: it is left as it is
 */
export async function lookAtStore(
  store: LightningStore,
  { claim = false }: { readonly claim?: boolean } = {},
): Promise<StoreSighting> {
  const { items } = await store.queryRollouts({ limit: -1 });
  const rollouts = await Promise.all(
    items.map(async (rollout): Promise<SeenRollout> => {
      const { rolloutId } = rollout;
      const attempts = await store.queryAttempts(rolloutId, { limit: -1 });
      const spans = await store.querySpans({ rolloutId, limit: -1 });
      return { rollout, attempts: attempts.items, spans: spans.items };
    }),
  );
  const resources = (await store.queryResources({ limit: -1 })).items;
  if (!claim) return { rollouts, resources };
  const claimed = await store.dequeueManyRollouts({ limit: items.length + 1, workerId: 'whoever looks' });
  return { rollouts, resources, claimed: claimed.map(({ rolloutId }) => rolloutId) };
}
