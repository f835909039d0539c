import { LightningError } from '@agentlightning/core';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Why a run may be asked to stop, as one signal, and the listeners that have to go when it is over. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #release: (() => void)[] = [];

  /**
   * @param callerSignal - the caller's own wish
   * @param handleSignals - whether to listen to SIGINT and SIGTERM
   */
  constructor(callerSignal: AbortSignal | undefined, handleSignals: boolean) {
    if (callerSignal !== undefined) this.#follow(callerSignal);
    if (handleSignals) for (const name of ['SIGINT', 'SIGTERM'] as const) this.#listen(name);
  }

  /** Aborted, with an `ABORTED` error as its reason, when the run is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Removes every listener. */
  close(): void {
    for (const release of this.#release.splice(0)) release();
  }

  #follow(signal: AbortSignal): void {
    const stop = (): void =>
      this.#controller.abort(
        new LightningError('ABORTED', 'The run was stopped by its signal', { cause: signal.reason }),
      );
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#release.push(() => signal.removeEventListener('abort', stop));
  }

  #listen(name: keyof typeof EXIT_CODES): void {
    const stop = (): void => {
      // A second signal means what it always means: whoever cannot wait for the wind-down gets out at once.
      process.removeListener(name, stop);
      process.exitCode = EXIT_CODES[name];
      this.#controller.abort(new LightningError('ABORTED', `The run was interrupted by ${name}`));
    };
    process.on(name, stop);
    this.#release.push(() => process.removeListener(name, stop));
  }
}
