import { MessageChannel, type Worker } from 'node:worker_threads';
import { type Json, silentLogger } from '@agentlightning/core';
import { Piscina } from 'piscina';
import { DEFAULT_KILL_MS, DEFAULT_TERMINATE_MS, settlesWithin } from '../deadline.ts';
import { threadEnvironment } from '../environment.ts';
import { type EndDeadlines, type StopWitness, warnOf } from '../runners/runners.ts';
import { killProcesses } from './child-processes.ts';
import { endDespiteThreads } from './end-despite-threads.ts';
import type { HostGroup } from './host-group.ts';
import { HostedWorker } from './hosted-worker.ts';
import type { ThreadData } from './input.ts';
import { threadPort } from './worker-port.ts';

/** How long a thread that is to be replaced is waited for: one that can be ended has ended by then. */
const REPLACE_MS = 1000;

const DEFAULT_DEADLINES: EndDeadlines = { terminateMs: DEFAULT_TERMINATE_MS, killMs: DEFAULT_KILL_MS };

/** What a {@link ThreadGroup} runs, and where it writes. */
export interface ThreadGroupOptions extends StopWitness {
  /** Module that exports the thread's main function. It takes a `ThreadData`, and its promise stays open. */
  readonly entry: URL;
  /** Name of that export. */
  readonly exportName: string;
  /** How many threads, at least 1. */
  readonly threads: number;
  /** How large the JavaScript heap of each may grow, in MB. Default: as large as Node lets it. */
  readonly heapMb?: number;
}

/**
 * A fixed number of worker threads, each occupied by one function that never returns. piscina starts them, tells when one has died and starts
 * another in its place; it is the supervisor here, not a queue of small tasks.
 */
export class ThreadGroup<TRequest> implements HostGroup<TRequest> {
  readonly #options: ThreadGroupOptions;
  readonly #pool: Piscina;
  /** All there ever were: one that is stuck outlives its end by far. */
  readonly #hosted: HostedWorker<TRequest>[] = [];
  readonly #abandoned = new AbortController();
  readonly #exits = new Map<Worker, Promise<void>>();
  #closing: Promise<void> | undefined;

  /** Starts the threads. */
  constructor(options: ThreadGroupOptions) {
    this.#options = options;
    this.#pool = new Piscina({
      filename: options.entry.href,
      name: options.exportName,
      minThreads: options.threads,
      maxThreads: options.threads,
      idleTimeout: Infinity,
      // Between tasks a thread would otherwise block in Atomics.wait, with the agent's timers and sockets standing still.
      atomics: 'disabled',
      recordTiming: false,
      env: threadEnvironment(),
      ...(options.heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.heapMb } }),
      ...inheritedExecArgv(),
    });
    // A thread that dies before it has taken its task. Whoever waits for that task learns it from the next thread.
    this.#pool.on('error', (error: Error) => options.logger.warn({ err: error }, 'A thread died while idle'));
    this.#watchExits();
  }

  host(onPost?: (message: Json) => void): HostedWorker<TRequest> {
    const { logger } = this.#options;
    const { port1, port2 } = new MessageChannel();
    const termination = new AbortController();
    const data: ThreadData = { port: port2, logs: logger !== silentLogger };
    const gone = this.#pool.run(data, { transferList: [port2], signal: termination.signal }).then(
      () => this.#exited(new Error('its main function returned')),
      (error: unknown) => this.#exited(termination.signal.reason ?? error),
    );
    const thread = new HostedWorker<TRequest>({
      port: threadPort(port1),
      logger,
      gone,
      terminate: (reason) => termination.abort(reason),
      ...(onPost === undefined ? {} : { onPost }),
    });
    this.#hosted.push(thread);
    return thread;
  }

  killProcesses(): void {
    killProcesses(this.#processes());
  }

  close(deadlines: EndDeadlines = DEFAULT_DEADLINES): Promise<void> {
    this.#closing ??= this.#close(deadlines);
    return this.#closing;
  }

  async #close({ terminateMs, killMs }: EndDeadlines): Promise<void> {
    // Before the end of the threads: afterwards nobody can tell whose they were.
    const started = this.#processes();
    const exited = Promise.all([this.#pool.destroy(), ...this.#exits.values()]);
    const isEnded = await settlesWithin(exited, terminateMs);
    // A thread that is stuck in a call of the operating system (`execSync`) cannot be ended before the call returns: now it does.
    killProcesses([...started, ...this.#processes()]);
    if (!isEnded && !(await settlesWithin(exited, killMs))) this.#abandon();
  }

  /** Waits until the threads that left the pool have really exited: only then are their sockets closed. */
  async #exited(cause: unknown): Promise<Error> {
    this.#watchExits();
    const left = [...this.#exits].filter(([worker]) => !this.#pool.threads.includes(worker)).map(([, exit]) => exit);
    if (!(await settlesWithin(Promise.all(left), REPLACE_MS, this.#abandoned.signal))) {
      this.#options.logger.error(
        {},
        "A thread is stuck in a call that cannot be interrupted (execSync, for instance) and is left behind: isolation 'process' can end those",
      );
    }
    return this.#named(cause);
  }

  #named(cause: unknown): Error {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const { heapMb } = this.#options;
      const limit = heapMb === undefined ? 'its limit' : `the limit of ${heapMb} MB`;
      return new Error(`its JavaScript heap reached ${limit}`, { cause });
    }
    return cause instanceof Error ? cause : new Error(String(cause));
  }

  /** The pool replaces a dead thread before it rejects its task, so that looking here after each rejection misses none. */
  #watchExits(): void {
    for (const worker of this.#pool.threads) {
      if (this.#exits.has(worker)) continue;
      this.#exits.set(
        worker,
        new Promise<void>((resolve) => {
          worker.once('exit', () => {
            this.#exits.delete(worker);
            resolve();
          });
        }),
      );
    }
  }

  #processes(): ReturnType<HostedWorker<TRequest>['processes']> {
    return this.#hosted.flatMap((thread) => thread.processes());
  }

  #abandon(): void {
    this.#abandoned.abort();
    for (const worker of this.#exits.keys()) worker.unref();
    endDespiteThreads();
    warnOf(
      `Threads (${this.#exits.size}) are stuck in a call that cannot be interrupted and were left behind: the process may wait for them at its end`,
      this.#options,
    );
  }
}

/** Threads inherit the flags of the process, as Node does by default, except where that keeps them from starting. */
function inheritedExecArgv(): { readonly execArgv?: string[] } {
  // `--input-type` belongs to `--eval` and to nothing else: a thread that inherits it refuses to load any file.
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
