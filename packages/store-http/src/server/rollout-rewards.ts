import { findFinalRewards, type LightningStore } from '@agentlightning/core';
import type { RolloutRewards } from '../wire/message-codecs.ts';

/** A reward comes at the end of an attempt, mostly as its last span. */
const SPANS_AT_ONCE = 20;

/** What the latest attempts of rollouts were rewarded with, in the order of the ids. */
export async function rewardsOfRollouts(
  store: LightningStore,
  rolloutIds: readonly string[],
): Promise<RolloutRewards[]> {
  const found: RolloutRewards[] = [];
  // One after the other: a page of somebody who looks on must not hold up those who work.
  for (const rolloutId of rolloutIds) found.push({ rolloutId, rewards: await lastRewards(store, rolloutId) });
  return found;
}

/** Reads from the end, so that of an attempt with a thousand spans a few are read. */
async function lastRewards(store: LightningStore, rolloutId: string): Promise<Readonly<Record<string, number>>> {
  const query = { rolloutId, attemptId: 'latest', sortOrder: 'desc', limit: SPANS_AT_ONCE } as const;
  for (let offset = 0; ; offset += SPANS_AT_ONCE) {
    const { items, total } = await store.querySpans({ ...query, offset });
    const rewards = findFinalRewards(items.toReversed());
    if (Object.keys(rewards).length > 0 || offset + SPANS_AT_ONCE >= total) return rewards;
  }
}
