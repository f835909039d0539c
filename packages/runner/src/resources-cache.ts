import { LightningError, type LightningStore, type NamedResources, type Rollout } from '@agentlightning/core';

/** How many snapshots are kept. */
const MAX_SNAPSHOTS = 16;

interface Entry {
  /** The snapshot was read at or after this time, on the store's clock. */
  readonly asOf: number;
  readonly resources: Promise<NamedResources>;
}

/**
 * Snapshots of resources, read once for many rollouts.
 *
 * A snapshot can be replaced in place under its id, as upstream's algorithms do. So one that was read serves only rollouts that were enqueued
 * before: whatever was published before a rollout was enqueued is seen by it. All times compared are the store's own.
 */
export class ResourcesCache {
  readonly #store: Pick<LightningStore, 'getResourcesById' | 'getLatestResources'>;
  readonly #entries = new Map<string, Entry>();

  constructor(store: Pick<LightningStore, 'getResourcesById' | 'getLatestResources'>) {
    this.#store = store;
  }

  /**
   * The resources for a rollout: the snapshot it names, otherwise the latest, and none when the store has none.
   *
   * @param claimTime - when the rollout's attempt began, on the store's clock
   * @throws LightningError `NOT_FOUND` when the store does not have the snapshot; what the store throws when it cannot be asked
   */
  async get(rollout: Pick<Rollout, 'resourcesId' | 'startTime'>, claimTime: number): Promise<NamedResources> {
    const key = rollout.resourcesId ?? '';
    const known = this.#entries.get(key);
    if (known !== undefined && rollout.startTime <= known.asOf) return known.resources;
    const resources = this.#read(rollout.resourcesId);
    const entry = { asOf: claimTime, resources };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > MAX_SNAPSHOTS) this.#entries.delete(this.#entries.keys().next().value!);
    try {
      return await resources;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  async #read(resourcesId: string | null): Promise<NamedResources> {
    if (resourcesId === null) return (await this.#store.getLatestResources())?.resources ?? {};
    const update = await this.#store.getResourcesById(resourcesId);
    if (update !== undefined) return update.resources;
    throw new LightningError('NOT_FOUND', `The store has no resources with the id '${resourcesId}'`, {
      details: { resourcesId },
    });
  }
}
