import type { ErrorWire, Json } from '@agentlightning/core';

/** Everything a thread may send to the main thread. */
export type ThreadOutput =
  /** The answer to a request. */
  | { readonly type: 'answer'; readonly requestId: number; readonly value: unknown }
  /** A request failed; the thread lives on. */
  | { readonly type: 'failure'; readonly requestId: number; readonly error: ErrorWire }
  /** Something for the run's log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string | undefined }
  /** The first thing: the number under which the operating system knows the thread, see `osThreadId()`. */
  | { readonly type: 'thread'; readonly osThreadId: string }
  /** What the algorithm posted to `AlgorithmBundle.onMessage`. */
  | { readonly type: 'post'; readonly message: Json };

/** The methods of a logger. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
