/**
 * `Idempotency-Key`, for peers that choose no ids: the ids of what a request makes are derived from its key, and the store's rule for chosen ids does the
 * rest. The same key with the same body makes nothing new and answers what it made, as it stands; another body is refused with 422. Nothing is kept here:
 * a key lives as long as what was made under it, also when server and store are started again, and holds for one operation.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import {
  type EnqueueRolloutRequest,
  isLightningError,
  type LightningStore,
  type NamedResources,
  namedResourcesToWire,
  type ResourcesUpdate,
  type Rollout,
} from '@agentlightning/core';
import { RequestRefusedError } from './request-refused-error.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The key of a request.
 * @throws RequestRefusedError 400 for one that is not 1 to 255 printable ASCII characters
 */
export function idempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new RequestRefusedError(400, 'Idempotency-Key must be 1 to 255 printable ASCII characters');
}

/** An id that the same key always gives. */
export function keyedId(prefix: 'ro-' | 'at-' | 'rs-', key: string, ...what: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify([key, ...what]));
  return `${prefix}${hash.digest('hex').slice(0, 24)}`;
}

/**
 * Waits for what a request with a key makes.
 * @throws RequestRefusedError 422 instead of `CONFLICT`
 */
export async function underKey<T>(key: string, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    if (isLightningError(error, 'CONFLICT')) throw keyReused(key);
    throw error;
  }
}

/** Enqueues a batch under a key. Rollouts with ids of their own keep them. */
export async function enqueueUnderKey(
  store: LightningStore,
  key: string,
  requests: readonly EnqueueRolloutRequest[],
): Promise<Rollout[]> {
  const idOf = (index: number): string => keyedId('ro-', key, 'enqueue', index);
  const isMade = async (id: string | undefined): Promise<boolean> =>
    id !== undefined && (await store.getRolloutById(id)) !== undefined;
  const keyed = requests.flatMap(({ rolloutId }, index) => (rolloutId === undefined ? [idOf(index)] : []));
  // A batch is made as a whole, so a longer or shorter one shows at its end.
  const isLonger = (await isMade(keyed[0])) && !(await isMade(keyed.at(-1)));
  if (isLonger || (await isMade(idOf(requests.length)))) throw keyReused(key);
  const batch = requests.map((request, index) => ({ ...request, rolloutId: request.rolloutId ?? idOf(index) }));
  return underKey(key, store.enqueueManyRollouts(batch));
}

/** Adds a snapshot under a key. */
export async function addResourcesUnderKey(
  store: LightningStore,
  key: string,
  resources: NamedResources,
): Promise<ResourcesUpdate> {
  const resourcesId = keyedId('rs-', key, 'resources');
  const known = await store.getResourcesById(resourcesId);
  if (known === undefined) return store.updateResources(resourcesId, resources);
  if (isDeepStrictEqual(namedResourcesToWire(known.resources), namedResourcesToWire(resources))) return known;
  throw keyReused(key);
}

function keyReused(key: string): RequestRefusedError {
  return new RequestRefusedError(422, `Idempotency-Key ${key} was used for another request`, 'CONFLICT');
}
