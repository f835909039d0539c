import { isatty } from 'node:tty';
import { LightningError, type StopHurry } from '@agentlightning/core';
import type { StopCause, StopRequest, StopStep } from '@agentlightning/core/run';

export type { StopCause, StopRequest, StopStep };

/** The signals of the system that stop a run, and the exit code that each stands for. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** One of the signals that stop a run. */
export type StopSignal = keyof typeof EXIT_CODES;

/** In this order. */
const STOP_STEPS = ['drain', 'abort', 'terminate', 'kill'] as const satisfies readonly StopStep[];

/**
 * Two signals within so many milliseconds are one press of Ctrl-C: the terminal sends it to every process of a command, and package managers and `agl resume`
 * pass on to the script what the terminal has sent it already.
 */
const SAME_PRESS_MS = 100;

/** What an {@link Interruption} listens to. */
export interface InterruptionOptions {
  /** The caller's own wish. */
  readonly callerSignal: AbortSignal | undefined;
  /** Whether to listen to SIGINT, SIGTERM and SIGHUP. */
  readonly handleSignals: boolean;
  /**
   * Whether the process has a terminal that it can lose. One that has none, as under `nohup`, goes on at SIGHUP: Node has taken away what `nohup` had set. Default: whether
   * one of its standard streams is one.
   */
  readonly hasTerminal?: boolean;
  /** For tests. Default: the process, and the machine's monotonic clock. */
  readonly process?: Pick<NodeJS.Process, 'on' | 'removeListener' | 'removeAllListeners' | 'kill' | 'pid'> & {
    exitCode?: NodeJS.Process['exitCode'];
  };
  readonly now?: () => number;
}

/**
 * Why and how urgently a run is asked to stop, and the listeners that have to go when it is over. The first Ctrl-C, SIGTERM, end of the terminal (SIGHUP)
 * or the caller's signal asks for the first {@link StopStep}, each further signal of the system for the next. The last one ends the process, by that very signal and its default
 * handler, so that nothing can keep it.
 */
export class Interruption {
  readonly #process: NonNullable<InterruptionOptions['process']>;
  readonly #now: () => number;
  readonly #steps: Readonly<Record<StopStep, AbortController>> = {
    drain: new AbortController(),
    abort: new AbortController(),
    terminate: new AbortController(),
    kill: new AbortController(),
  };
  readonly #release: (() => void)[] = [];
  readonly #asked: StopRequest[] = [];
  #listener: ((request: StopRequest) => void) | undefined;
  #lastPress = -Infinity;
  #wasSignalled = false;

  constructor(options: InterruptionOptions) {
    this.#process = options.process ?? process;
    this.#now = options.now ?? (() => performance.now());
    const { callerSignal, handleSignals, hasTerminal = [0, 1, 2].some(isatty) } = options;
    if (handleSignals) {
      for (const name of Object.keys(EXIT_CODES) as StopSignal[]) {
        this.#listen(name, name === 'SIGHUP' && !hasTerminal ? () => {} : () => this.#onSignal(name));
      }
    }
    if (callerSignal !== undefined) this.#follow(callerSignal);
  }

  /** Aborted, with an `ABORTED` error as its reason, when the run is to stop. */
  get signal(): AbortSignal {
    return this.#steps.drain.signal;
  }

  /** The steps that are not to wait for their time. */
  get hurry(): StopHurry {
    const { abort, terminate, kill } = this.#steps;
    return { abort: abort.signal, terminate: terminate.signal, kill: kill.signal };
  }

  /** Has a listener told of each step that is asked for, and of those that were. */
  tell(listener: (request: StopRequest) => void): void {
    this.#listener = listener;
    this.#asked.forEach(listener);
  }

  /** Removes every listener. */
  close(): void {
    this.#listener = undefined;
    for (const release of this.#release.splice(0)) release();
  }

  #follow(signal: AbortSignal): void {
    const stop = (): void => {
      // Whoever pressed Ctrl-C before has asked for this already.
      if (this.#asked.length > 0) return;
      this.#askNext(
        'caller',
        new LightningError('ABORTED', 'The run was stopped by its signal', { cause: signal.reason }),
      );
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    this.#release.push(() => signal.removeEventListener('abort', stop));
  }

  #listen(name: StopSignal, onSignal: () => void): void {
    this.#process.on(name, onSignal);
    this.#release.push(() => this.#process.removeListener(name, onSignal));
  }

  #onSignal(name: StopSignal): void {
    const now = this.#now();
    if (now - this.#lastPress < SAME_PRESS_MS) return;
    this.#lastPress = now;
    if (!this.#wasSignalled) this.#process.exitCode = EXIT_CODES[name];
    this.#wasSignalled = true;
    this.#askNext(name, new LightningError('ABORTED', `The run was interrupted by ${name}`));
    if (this.#steps.kill.signal.aborted) this.#endProcess(name);
  }

  #askNext(cause: StopCause, reason: LightningError): void {
    const step = STOP_STEPS[this.#asked.length] ?? 'kill';
    const request = { step, cause };
    this.#asked.push(request);
    this.#listener?.(request);
    this.#steps[step].abort(reason);
  }

  /** By the default handler: no exit code and no call of `process.exit` would end a process whose threads are stuck in the operating system. */
  #endProcess(name: StopSignal): void {
    this.#process.removeAllListeners(name);
    this.#process.kill(this.#process.pid, name);
  }
}
