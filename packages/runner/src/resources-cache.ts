import { type AttemptedRollout, LightningError, type LightningStore, type NamedResources } from '@agentlightning/core';

/** How many snapshots are kept. */
const MAX_SNAPSHOTS = 16;

interface Entry {
  /** The snapshot was read after this time, on the store's clock. */
  readonly storeTime: number;
  /** When the reading began, by `performance.now()`. */
  readonly localTime: number;
  readonly resources: Promise<NamedResources>;
}

/**
 * Snapshots of resources, read once for many rollouts.
 *
 * A snapshot can be replaced in place under its id, as upstream's algorithms do. So one that was read serves only rollouts that were enqueued
 * before: whatever was published before a rollout was enqueued is seen by it. That a rollout is older shows in two ways: it was enqueued before
 * the claim that led to the reading, by the store's clock; or it was claimed before the reading began, by ours.
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
   * @param claimedAt - when the claim of the rollout was answered, by `performance.now()`
   * @throws LightningError `NOT_FOUND` when the store does not have the snapshot; what the store throws when it cannot be asked
   */
  async get(
    rollout: Pick<AttemptedRollout, 'resourcesId' | 'startTime' | 'attempt'>,
    claimedAt: number,
  ): Promise<NamedResources> {
    const key = rollout.resourcesId ?? '';
    const known = this.#entries.get(key);
    if (known !== undefined && (rollout.startTime < known.storeTime || claimedAt <= known.localTime)) {
      return await known.resources;
    }
    const localTime = performance.now();
    const resources = this.#read(rollout.resourcesId);
    const entry = { storeTime: rollout.attempt.startTime, localTime, resources };
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
