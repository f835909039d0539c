import { type LLMWire, maskLLM, type NamedResourcesWire, type ResourceWire } from '@agentlightning/core';
import type { TextSealer } from './sealed-text.ts';

/** A resource as it is written: that of a model endpoint with secrets is without them, and has the whole of it sealed. */
type StoredResource = ResourceWire & { readonly sealed?: string };

/** {@link NamedResourcesWire} as they are written. */
export type StoredResources = Readonly<Record<string, StoredResource>>;

/** Seals the secrets of a snapshot. @returns what may be written */
export function sealResources(sealer: TextSealer, resourcesId: string, resources: NamedResourcesWire): StoredResources {
  return mapResources(resources, (name, resource): StoredResource => {
    if (resource.resource_type === 'prompt_template') return resource;
    const { masked, secrets } = maskLLM<LLMWire<'llm' | 'proxy_llm'>>(resource);
    if (secrets.length === 0) return resource;
    return { ...(masked as typeof resource), sealed: sealer.seal(JSON.stringify(resource), [resourcesId, name]) };
  });
}

/** The snapshot that was written; where a secret cannot be opened, with `null` or `***` in its place. */
export function openResources(sealer: TextSealer, resourcesId: string, stored: StoredResources): NamedResourcesWire {
  return mapResources(stored, (name, { sealed, ...visible }): ResourceWire => {
    const text = sealed === undefined ? undefined : sealer.open(sealed, [resourcesId, name]);
    return text === undefined ? visible : (JSON.parse(text) as ResourceWire);
  });
}

function mapResources<T, U>(
  resources: Readonly<Record<string, T>>,
  change: (name: string, resource: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(resources).map(([name, resource]) => [name, change(name, resource)]));
}
