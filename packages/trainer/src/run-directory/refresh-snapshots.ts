import { isDeepStrictEqual } from 'node:util';
import {
  type LightningStore,
  type NamedResources,
  type NamedResourcesWire,
  namedResourcesToWire,
} from '@agentlightning/core';

/** The id of the snapshot that has the initial resources of a run. */
export function initialSnapshotId(runId: string): string {
  return `rs-${runId}-initial`;
}

/**
 * Brings the snapshots of a run that goes on up to date with its initial resources, of which those may be others by now that decide nothing: where models are
 * served, and with what key. What candidates brought themselves is left alone. To be done before anybody can claim: what was queued when the run
 * was stopped would otherwise be worked on with the address, or the key, that made it stop.
 *
 * @returns how many snapshots were changed
 */
export async function refreshSnapshots(
  store: Pick<LightningStore, 'getResourcesById' | 'queryResources' | 'updateResources'>,
  runId: string,
  initialResources: NamedResources,
): Promise<number> {
  const earlier = await store.getResourcesById(initialSnapshotId(runId));
  if (earlier === undefined) return 0;
  const before = namedResourcesToWire(earlier.resources);
  const now = namedResourcesToWire(initialResources);
  const changed = Object.keys(now).filter((name) => !isDeepStrictEqual(now[name], before[name]));
  if (changed.length === 0) return 0;
  let refreshed = 0;
  for (const { resourcesId, resources } of (await store.queryResources()).items) {
    const wire: NamedResourcesWire = namedResourcesToWire(resources);
    const stale = changed.filter((name) => name in before && isDeepStrictEqual(wire[name], before[name]));
    if (stale.length === 0) continue;
    const fresh = stale.map((name) => [name, initialResources[name]!] as const);
    await store.updateResources(resourcesId, { ...resources, ...Object.fromEntries(fresh) });
    refreshed += 1;
  }
  return refreshed;
}
