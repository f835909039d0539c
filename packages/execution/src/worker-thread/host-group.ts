import type { Json } from '@agentlightning/core';
import type { HostedWorker } from './hosted-worker.ts';

/** Threads or processes that are occupied one by one; what a supervisor needs of either. */
export interface HostGroup<TRequest> {
  /** Occupies one that is free, or the next one that comes to be. */
  host(onPost?: (message: Json) => void): HostedWorker<TRequest>;
  /** Ends all of them and waits until they are gone. Calling it twice is the same as once. */
  close(): Promise<void>;
}
