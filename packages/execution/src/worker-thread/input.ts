import type { MessagePort } from 'node:worker_threads';
import type { ErrorWire, ModuleSource } from '@agentlightning/core';
import type { ClaimShare } from '../runners/shared-claim-budget.ts';

/** What every thread is started with. Must survive `structuredClone`; the port is transferred. */
export interface ThreadData {
  readonly port: MessagePort;
  /** Whether anybody listens to what the thread logs. */
  readonly logs: boolean;
}

/** Where a store is served. The token is a secret. */
export interface StoreAddress {
  readonly url: string;
  readonly token: string;
}

/** How to make a store in another thread, see `StoreOpener.source`. */
export interface StoreSource {
  readonly module: ModuleSource;
  readonly data: unknown;
}

/** What a runner thread works with, loaded before it may claim anything. */
export interface RunnerThreadParts {
  readonly agent: ModuleSource;
  readonly hooks: readonly ModuleSource[];
  readonly tracer: ModuleSource | undefined;
  readonly workerId: string;
  /** How many rollouts this thread executes at once. */
  readonly slots: number;
  /** This thread's share in what is left of `maxRollouts`; see `SharedClaimBudget`. */
  readonly claims: ClaimShare | undefined;
  readonly heartbeatIntervalMs: number | undefined;
  /** How long an agent may take to obey an abort. */
  readonly abortMs: number;
}

/** What the main thread asks a runner thread; each is answered once under its request id. */
export type RunnerThreadRequest =
  /** Import the agent, hooks and tracer. Answered with nothing. */
  | { readonly type: 'load'; readonly parts: RunnerThreadParts }
  /** Claim and execute rollouts of this store. Answered when the loop has ended. */
  | { readonly type: 'serve'; readonly store: StoreAddress }
  /** Answered by return, unless the event loop stands still. */
  | { readonly type: 'ping' };

/** What the main thread asks the algorithm's thread; each is answered once under its request id. */
export type AlgorithmThreadRequest =
  /** Make the store and serve it. Answered with its {@link StoreAddress}. */
  | {
      readonly type: 'open';
      readonly host: string;
      readonly port: number;
      readonly token: string;
      readonly store: StoreSource | undefined;
    }
  /** Import the algorithm and run it on that store. Answered with its final JSON. */
  | { readonly type: 'run'; readonly module: ModuleSource; readonly data: unknown }
  /** Let remote callers know that the run is over, and close server and store. Answered when that is done. */
  | { readonly type: 'close' };

/** What the main thread tells any thread, without an answer. */
export type ThreadNotice =
  /** Runner threads: claim nothing more, finish what is in flight. */
  | { readonly type: 'drain' }
  /** Stop: runner threads abort their agents, the algorithm's thread aborts its algorithm. */
  | { readonly type: 'abort'; readonly reason: ErrorWire };

/** Everything a thread of one kind may be sent. */
export type ThreadInput<TRequest> =
  | { readonly type: 'request'; readonly requestId: number; readonly request: TRequest }
  | ThreadNotice;
