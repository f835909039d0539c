import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { ExecutionJob } from '@agentlightning/core';

/**
 * What the ids of a run's workers begin with: `runner` for a store that begins and ends with the run. Any other may have workers of other runs, processes
 * and machines, and whoever ends attempts by the id of a dead worker must not end theirs.
 */
export function workerIdPrefix({ store, storeOpener }: Pick<ExecutionJob, 'store' | 'storeOpener'>): string {
  return store === undefined && storeOpener === undefined ? 'runner' : uniqueWorkerIdPrefix();
}

/** A prefix that no other run has, on whatever machine; it tells where the workers are. */
export function uniqueWorkerIdPrefix(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}-runner`;
}
