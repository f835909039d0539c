import type { MessagePort } from 'node:worker_threads';
import type { ErrorWire, ModuleSource } from '@agentlightning/core';
import type { WorkerPort } from './worker-port.ts';

/** What every thread is started with. Must survive `structuredClone`; the port is transferred. */
export interface ThreadData {
  readonly port: MessagePort;
  /** Whether anybody listens to what the thread logs. */
  readonly logs: boolean;
}

/** What the main function of a thread or process gets to work with. */
export interface WorkerContext {
  readonly port: WorkerPort;
  /** Whether anybody listens to what it logs. */
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
  /** Whether every claim has to be asked for, as the run has a limit; see `RunnerPost`. */
  readonly hasClaimLimit: boolean;
  readonly heartbeatIntervalMs: number | undefined;
  /** How long an agent may take to obey an abort. */
  readonly abortMs: number;
}

/** What the main thread asks a runner thread; each is answered once under its request id. */
export type RunnerThreadRequest =
  /** Import the agent, hooks and tracer. Answered with nothing. */
  | { readonly type: 'load'; readonly parts: RunnerThreadParts }
  /** Claim and execute rollouts of this store. Answered when the loop has ended, with the {@link ServeEnd}. */
  | { readonly type: 'serve'; readonly store: StoreAddress }
  /** So many of the claims that were asked for may be made. Answered by return. */
  | { readonly type: 'grant'; readonly claims: number }
  /** From now on, keep written in the memory whose code runs: the number of its attempt, or 0. Answered by return. */
  | { readonly type: 'note-turns'; readonly memory: SharedArrayBuffer }
  /** Answered by return, unless the event loop stands still. */
  | { readonly type: 'ping' };

/** Why a runner has served enough. */
export type ServeEnd =
  /** It was stopped, ran out of claims, or the store closed. */
  | 'ended'
  /** An agent that ignores the abort of its signal goes on in it. Its only slot is of no use to anybody else. */
  | 'spent';

/** What a runner thread or process posts by itself. */
export type RunnerPost =
  /** It is about to execute these. They are numbered 1, 2, … over the life of the thread. */
  | { readonly type: 'claimed'; readonly attempts: readonly PostedAttempt[] }
  /** The attempts of these numbers have ended and were reported. */
  | { readonly type: 'ended'; readonly numbers: readonly number[] }
  /** It would like to claim so many; answered by the request `grant`. One at a time. */
  | { readonly type: 'take'; readonly max: number }
  /** Of so many granted claims so many were used; the others may be granted anew. */
  | { readonly type: 'settle'; readonly granted: number; readonly used: number }
  /** It ends now. `number`: of the attempt whose code ended it, 0 if it was none. The last post. */
  | { readonly type: 'exiting'; readonly number: number };

/** An attempt that a runner is about to execute. */
export interface PostedAttempt {
  readonly number: number;
  readonly rolloutId: string;
  readonly attemptId: string;
  /** How long it may take; `null`: no limit. */
  readonly timeoutSeconds: number | null;
}

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
  /** Begin nothing more, finish what is in flight: runner threads their rollouts, the algorithm's thread its steps. */
  | { readonly type: 'drain'; readonly reason: ErrorWire }
  /** Abort what is in flight. */
  | { readonly type: 'abort'; readonly reason: ErrorWire };

/** Everything a thread of one kind may be sent. */
export type ThreadInput<TRequest> =
  | { readonly type: 'request'; readonly requestId: number; readonly request: TRequest }
  | ThreadNotice;
