import type { Json } from '@agentlightning/core';
import type { EndDeadlines } from '../runners/runners.ts';
import type { HostedWorker } from './hosted-worker.ts';

/** Threads or processes that are occupied one by one; what a supervisor needs of either. */
export interface HostGroup<TRequest> {
  /** Occupies one that is free, or the next one that comes to be. */
  host(onPost?: (message: Json) => void): HostedWorker<TRequest>;
  /**
   * Ends all of them and waits until they are gone, with what they have started, unless that was started `detached`. Calling it twice is the same as once.
   *
   * @param deadlines - how long they may take to end, and how long once what they wait for has been killed. Default: those of the options
   */
  close(deadlines?: EndDeadlines): Promise<void>;
  /** Kills what they have started, synchronously: for this process is about to end. */
  killProcesses(): void;
}
