import { isDeepStrictEqual } from 'node:util';
import type { NamedResourcesWire, ResourceWire } from '@agentlightning/core';

/** Keeps the API keys of models out of the file: in memory, by snapshot and name, for as long as the store is open. */
export class HeldApiKeys {
  readonly #keys = new Map<string, ReadonlyMap<string, string>>();

  /** Takes the keys out of a snapshot. @returns what may be written */
  take(resourcesId: string, resources: NamedResourcesWire): NamedResourcesWire {
    this.#keys.set(resourcesId, keysOf(resources));
    return withKeys(resources, new Map());
  }

  /** Puts the keys back into a snapshot that was read, as far as they are known. */
  give(resourcesId: string, written: NamedResourcesWire): NamedResourcesWire {
    const keys = this.#keys.get(resourcesId);
    return keys === undefined ? written : withKeys(written, keys);
  }

  /**
   * Whether a snapshot is the one that was written. Once the store was opened again its keys are unknown: whoever brings
   * some is believed.
   */
  isSame(resourcesId: string, written: NamedResourcesWire, resources: NamedResourcesWire): boolean {
    if (!isDeepStrictEqual(written, withKeys(resources, new Map()))) return false;
    const known = this.#keys.get(resourcesId);
    return known === undefined || isDeepStrictEqual(known, keysOf(resources));
  }
}

function keysOf(resources: NamedResourcesWire): Map<string, string> {
  const keys = new Map<string, string>();
  for (const [name, resource] of Object.entries(resources)) {
    if ('api_key' in resource && resource.api_key !== null) keys.set(name, resource.api_key);
  }
  return keys;
}

function withKeys(resources: NamedResourcesWire, keys: ReadonlyMap<string, string>): NamedResourcesWire {
  const entries = Object.entries(resources).map(([name, resource]): [string, ResourceWire] => [
    name,
    'api_key' in resource ? { ...resource, api_key: keys.get(name) ?? null } : resource,
  ]);
  return Object.fromEntries(entries);
}
