import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

/** Whether the process of a worker is known to be gone: it was one of this machine, and its id says which. */
export function isWorkerGone(workerId: string): boolean {
  const prefix = `${hostname()}-`;
  if (!workerId.startsWith(prefix)) return false;
  const pid = Number(/^(\d+)-[0-9a-f]{6}-runner/.exec(workerId.slice(prefix.length))?.[1]);
  return Number.isInteger(pid) && pid !== process.pid && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // A process of another user is one all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** One that has ended and whose parent has not taken note, as far as the system tells (Linux does). */
function isZombie(pid: number): boolean {
  try {
    // The name before the state is in parentheses and may hold any character.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
