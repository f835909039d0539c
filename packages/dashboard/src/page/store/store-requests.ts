import { request } from '../server/request.ts';
import type {
  AttemptWire,
  PageSpan,
  PageWire,
  ResourcesWire,
  Rewards,
  RolloutWire,
  SpanWire,
  WorkerWire,
} from './records.ts';
import { readSpan } from './records.ts';
import type { RolloutFilters } from './rollout-filters.ts';
import { filtersOnWire } from './rollout-filters.ts';

/** Spans of a rollout that are read at once. More are asked for by whoever wants them. */
export const MAX_SPANS = 2000;

/** Rollouts of which rewards are asked for at once. */
const MAX_REWARD_IDS = 200;

/** A part of the rollouts that match, in their order. */
export async function fetchRollouts(
  filters: RolloutFilters,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  signal: AbortSignal,
): Promise<PageWire<RolloutWire>> {
  return ask('v1/agl/rollouts/search', { body: { ...filtersOnWire(filters), offset, limit }, signal });
}

/** The rewards of the latest attempts of rollouts, by rollout; those that have none are left out. */
export async function fetchRewards(
  rolloutIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Rewards>> {
  const rewards = new Map<string, Rewards>();
  for (let start = 0; start < rolloutIds.length; start += MAX_REWARD_IDS) {
    const body = { rollout_ids: rolloutIds.slice(start, start + MAX_REWARD_IDS) };
    const found = await ask<{ rollout_id: string; rewards: Rewards }[]>('v1/agl/rewards/rollouts', { body, signal });
    for (const { rollout_id: id, rewards: own } of found) if (Object.keys(own).length > 0) rewards.set(id, own);
  }
  return rewards;
}

/** What a rollout came to. */
export interface WholeRollout {
  readonly rollout: RolloutWire;
  readonly attempts: readonly AttemptWire[];
  /** Of all attempts, by their number: those of the first {@link MAX_SPANS}. */
  readonly spans: readonly PageSpan[];
  /** How many spans there are. */
  readonly spanCount: number;
  /** Whether the store has dropped some. */
  readonly isEvicted: boolean;
}

/**
 * A rollout with its attempts and spans.
 * @param maxSpans - how many spans at most
 * @returns `undefined` if there is no such rollout
 */
export async function fetchWholeRollout(
  rolloutId: string,
  maxSpans: number,
  signal: AbortSignal,
): Promise<WholeRollout | undefined> {
  const path = `v1/agl/rollouts/${encodeURIComponent(rolloutId.toWellFormed())}`;
  const query = new URLSearchParams({ rollout_id: rolloutId, limit: String(maxSpans), sort_by: 'sequence_id' });
  const [rollout, attempts, spans] = await Promise.all([
    ask<RolloutWire | null>(path, { signal }),
    ask<PageWire<AttemptWire>>(`${path}/attempts?sort_by=sequence_id`, { signal }),
    ask<PageWire<SpanWire>>(`v1/agl/spans?${query}`, { signal }),
  ]);
  if (rollout === null) return undefined;
  return {
    rollout,
    attempts: attempts.items,
    spans: spans.items.map(readSpan),
    spanCount: spans.total,
    isEvicted: spans.evicted === true,
  };
}

/** All workers. */
export async function fetchWorkers(signal: AbortSignal): Promise<readonly WorkerWire[]> {
  return (await ask<PageWire<WorkerWire>>('v1/agl/workers?limit=-1', { signal })).items;
}

/** Snapshots of resources, the newest first. */
export async function fetchResourcesPage(
  { offset, limit, idContains }: { readonly offset: number; readonly limit: number; readonly idContains: string },
  signal: AbortSignal,
): Promise<PageWire<ResourcesWire>> {
  const query = new URLSearchParams({
    sort_by: 'update_time',
    sort_order: 'desc',
    limit: String(limit),
    offset: String(offset),
  });
  if (idContains !== '') query.set('resources_id_contains', idContains);
  return ask(`v1/agl/resources?${query}`, { signal });
}

/** One snapshot; `null` if there is none. */
export async function fetchResources(resourcesId: string, signal: AbortSignal): Promise<ResourcesWire | null> {
  return ask(`v1/agl/resources/${encodeURIComponent(resourcesId.toWellFormed())}`, { signal });
}

async function ask<T>(
  path: string,
  { body, signal }: { readonly body?: object; readonly signal: AbortSignal },
): Promise<T> {
  const init: RequestInit =
    body === undefined
      ? { signal, cache: 'no-store' }
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' }, signal };
  return (await (await request(path, init)).json()) as T;
}
