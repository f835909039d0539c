import { errorFromWire, errorToWire, type Json, type Logger } from '@agentlightning/core';
import { runOver } from '../run-over.ts';
import { processesOf } from './child-processes.ts';
import type { ThreadInput, ThreadNotice } from './input.ts';
import type { ThreadOutput } from './output.ts';
import type { WorkerPort } from './worker-port.ts';

/** What pending requests of a thread or process reject with once it is gone; `cause` says why it is. */
export class WorkerGone extends Error {
  override name = 'WorkerGone';
}

/** How a {@link HostedWorker} is connected to the thread or process itself. */
export interface HostedWorkerOptions {
  readonly port: WorkerPort;
  /** Resolves with the cause once the thread or process has exited. */
  readonly gone: Promise<Error>;
  /** Ends it at once, whatever it does. */
  readonly terminate: (reason: Error) => void;
  readonly logger: Logger;
  /** Receives what it posts besides answers and logs. */
  readonly onPost?: (message: Json) => void;
}

/** The main thread's end of one worker: a thread, or a process. */
export class HostedWorker<TRequest> {
  /** Resolves with the cause once it has exited, whatever it was; its sockets are closed by then. */
  readonly gone: Promise<WorkerGone>;
  readonly #options: HostedWorkerOptions;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastRequestId = 0;
  #osThreadId: string | undefined;
  #end: WorkerGone | undefined;

  constructor(options: HostedWorkerOptions) {
    this.#options = options;
    options.port.listen((output) => this.#receive(output as ThreadOutput));
    this.gone = options.gone.then((cause) => this.#close(cause));
  }

  /**
   * Asks, and waits for the answer. Rejects with what it answered, with {@link WorkerGone}, or with a `DataCloneError` for
   * a request that cannot be sent.
   */
  async request(request: TRequest): Promise<unknown> {
    if (this.#end !== undefined) throw this.#end;
    const requestId = ++this.#lastRequestId;
    this.#options.port.post({ type: 'request', requestId, request } satisfies ThreadInput<TRequest>);
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(requestId, answer);
    return answer.promise;
  }

  /** Asks it to begin nothing more. One that is gone does not mind. */
  drain(reason: unknown = runOver()): void {
    this.#notify({ type: 'drain', reason: errorToWire(reason) });
  }

  /** Tells it to abort what it does. */
  abort(reason: unknown): void {
    this.#notify({ type: 'abort', reason: errorToWire(reason) });
  }

  /** Ends it at once, whatever it does; {@link gone} then resolves with `reason` as the cause. */
  terminate(reason: Error): void {
    this.#options.terminate(reason);
  }

  /** The processes that a thread of this process has started so far, none once it has exited; and none where the operating system does not tell. */
  processes(): ReturnType<typeof processesOf> {
    return this.#osThreadId === undefined ? [] : processesOf(this.#osThreadId);
  }

  #notify(notice: ThreadNotice): void {
    if (this.#end === undefined) this.#options.port.post(notice);
  }

  #receive(output: ThreadOutput): void {
    switch (output.type) {
      case 'answer':
        this.#settle(output.requestId)?.resolve(output.value);
        break;
      case 'failure':
        this.#settle(output.requestId)?.reject(errorFromWire(output.error));
        break;
      case 'log':
        this.#options.logger[output.level](output.fields, output.message);
        break;
      case 'thread':
        this.#osThreadId = output.osThreadId;
        break;
      case 'post':
        this.#options.onPost?.(output.message);
        break;
      default:
        output satisfies never;
    }
  }

  #settle(requestId: number): PromiseWithResolvers<unknown> | undefined {
    const answer = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    return answer;
  }

  #close(cause: Error): WorkerGone {
    const end = new WorkerGone(`It has ended: ${cause.message}`, { cause });
    // What it said before it ended comes first.
    this.#options.port.close();
    this.#end = end;
    for (const answer of this.#pending.values()) answer.reject(end);
    this.#pending.clear();
    return end;
  }
}
