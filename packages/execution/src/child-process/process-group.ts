import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Json, type Logger, silentLogger } from '@agentlightning/core';
import { DEFAULT_KILL_MS, DEFAULT_TERMINATE_MS, settlesWithin } from '../deadline.ts';
import { threadEnvironment } from '../environment.ts';
import type { EndDeadlines } from '../runners/runners.ts';
import { EndedBySignal } from '../worker-thread/ended-by-signal.ts';
import type { HostGroup } from '../worker-thread/host-group.ts';
import { HostedWorker } from '../worker-thread/hosted-worker.ts';
import { siblingUrl } from '../worker-thread/sibling-url.ts';
import type { WorkerPort } from '../worker-thread/worker-port.ts';
import { endGroup } from './end-group.ts';
import { LIFELINE_FD, type MemoryNotice, type ProcessArguments, type UncaughtNotice } from './lifeline.ts';
import { childFlags } from './node-flags.ts';
import { childPort } from './process-port.ts';

const DEFAULT_DEADLINES: EndDeadlines = { terminateMs: DEFAULT_TERMINATE_MS, killMs: DEFAULT_KILL_MS };

/** How long the last words of a process that has exited may take to arrive. */
const LAST_WORDS_MS = 1000;

/** How often a process looks at its memory. One that fills a gigabyte in a second is ended some 100 MB late. */
const MEMORY_INTERVAL_MS = 100;

/** What of its standard error is looked at when a process has died, in characters. */
const TAIL_LENGTH = 8192;

/** What a {@link ProcessGroup} runs, and how large it may grow. */
export interface ProcessGroupOptions {
  /** Module that exports the process's main function. It takes a `WorkerContext`, and its promise stays open. */
  readonly entry: URL;
  /** Name of that export. */
  readonly exportName: string;
  /** How large the JavaScript heap of each process may grow, in MB. */
  readonly heapMb: number;
  /** How much memory each process may take in all, in MB of its resident set. */
  readonly rssMb: number;
  readonly logger: Logger;
}

/**
 * Child processes of Node, each of which leads a process group of its own and is ended together with it. None outlives this process, even if it
 * is killed in the middle of a loop: a thread in each child watches a pipe that only this process holds.
 *
 * Arguments hold no secrets, and the environment is that of threads. What a process writes appears in the output of this one.
 */
export class ProcessGroup<TRequest> implements HostGroup<TRequest> {
  readonly #options: ProcessGroupOptions;
  readonly #exits = new Map<ChildProcess, Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: ProcessGroupOptions) {
    this.#options = options;
  }

  host(onPost?: (message: Json) => void): HostedWorker<TRequest> {
    const { logger } = this.#options;
    const child = this.#fork();
    let termination: Error | undefined;
    const witness = new Witness(child, this.#options);
    const gone = this.#exits.get(child)!.then(async () => {
      const cause = await witness.cause();
      return termination ?? cause;
    });
    return new HostedWorker<TRequest>({
      port: witness.port,
      logger,
      gone,
      terminate: (reason) => {
        termination ??= reason;
        end(child);
      },
      ...(onPost === undefined ? {} : { onPost }),
    });
  }

  killProcesses(): void {
    for (const child of this.#exits.keys()) end(child);
  }

  close(deadlines: EndDeadlines = DEFAULT_DEADLINES): Promise<void> {
    this.#closing ??= this.#close(deadlines);
    return this.#closing;
  }

  async #close({ terminateMs, killMs }: EndDeadlines): Promise<void> {
    this.killProcesses();
    // One that is killed is gone at once, unless the system itself is stuck in it.
    if (await settlesWithin(Promise.all(this.#exits.values()), terminateMs + killMs)) return;
    for (const child of this.#exits.keys()) child.unref();
    this.#options.logger.error(
      { pids: [...this.#exits.keys()].map(({ pid }) => pid) },
      'Processes that were killed do not end: the system holds them in a call',
    );
  }

  #fork(): ChildProcess {
    const { entry, exportName, heapMb, rssMb, logger } = this.#options;
    const args: ProcessArguments = {
      entry: entry.href,
      exportName,
      logs: logger !== silentLogger,
      rssMb,
      intervalMs: MEMORY_INTERVAL_MS,
    };
    const child = fork(fileURLToPath(siblingUrl('./process-entry', import.meta.url)), [JSON.stringify(args)], {
      // The leader of a group of its own: see endGroup().
      detached: process.platform !== 'win32',
      env: threadEnvironment(),
      execArgv: childFlags(heapMb),
      serialization: 'advanced',
      // What it prints goes through this process, as that of a thread does: whoever has taken over its standard output has that too.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    const exit = Promise.race([once(child, 'exit'), once(child, 'error')]).then(
      () => this.#exited(child),
      () => this.#exited(child),
    );
    this.#exits.set(child, exit);
    return child;
  }

  #exited(child: ChildProcess): void {
    this.#exits.delete(child);
    // What it started is in its group still.
    end(child);
  }
}

function end(child: ChildProcess): void {
  if (child.pid !== undefined) endGroup(child.pid);
}

/** Sees and hears what tells why a process died. */
class Witness {
  readonly port: WorkerPort;
  readonly #child: ChildProcess;
  readonly #limits: Pick<ProcessGroupOptions, 'heapMb' | 'rssMb'>;
  #spawnError: Error | undefined;
  #uncaught: string | undefined;
  #memory: MemoryNotice | undefined;
  #tail = '';
  readonly #silent: Promise<unknown>;

  constructor(child: ChildProcess, limits: Pick<ProcessGroupOptions, 'heapMb' | 'rssMb'>) {
    this.#child = child;
    this.#limits = limits;
    child.on('error', (error) => {
      this.#spawnError ??= error;
    });
    const lifeline = child.stdio[LIFELINE_FD] as Duplex | null;
    const lines = lifeline === null ? undefined : createInterface({ input: lifeline });
    lines?.on('line', (line) => {
      this.#memory = JSON.parse(line) as MemoryNotice;
    });
    // It breaks when the process is gone, which is told by its exit.
    lifeline?.on('error', () => {});
    child.stdout?.on('data', (chunk: Buffer) => void process.stdout.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.#tail = (this.#tail + chunk.toString()).slice(-TAIL_LENGTH);
    });
    this.#silent = Promise.all([
      once(child, 'disconnect'),
      ...[lifeline, child.stderr].map((stream) => (stream === null ? undefined : once(stream, 'close'))),
    ]);
    this.#silent.catch(() => {});
    const port = childPort(child);
    this.port = {
      ...port,
      listen: (listener) =>
        port.listen((message) => {
          const { type, message: text } = message as UncaughtNotice;
          if (type === 'uncaught') this.#uncaught = text;
          else listener(message);
        }),
    };
  }

  /** Once the process has exited: why, after everything it said has arrived. */
  async cause(): Promise<Error> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return this.#spawnError ?? new Error('it could not be started');
    await settlesWithin(this.#silent, LAST_WORDS_MS);
    const { heapMb, rssMb } = this.#limits;
    if (this.#memory !== undefined) {
      return new Error(`its memory reached ${this.#memory.usedMb} MB, and ${rssMb} MB is the limit`);
    }
    if (this.#tail.includes('JavaScript heap out of memory')) {
      return new Error(`its JavaScript heap reached the limit of ${heapMb} MB`);
    }
    if (signalCode !== null) return new EndedBySignal(signalCode);
    // Node's code for it. Whoever catches such errors and then exits has a code of its own.
    if (exitCode === 1 && this.#uncaught !== undefined) return new Error(this.#uncaught);
    return new Error(`process exited with code: ${exitCode}`);
  }
}
