import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { LightningStore } from '@agentlightning/core';

/**
 * What the ids of a run's workers begin with: `runner` for a store that nobody else knows of. A store that came from somewhere may have workers of
 * other runs and machines, and whoever ends attempts by the id of a dead worker must not end theirs.
 */
export function workerIdPrefix(store: LightningStore | undefined): string {
  return store === undefined ? 'runner' : uniqueWorkerIdPrefix();
}

/** A prefix that no other run has, on whatever machine; it tells where the workers are. */
export function uniqueWorkerIdPrefix(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}-runner`;
}
