/** Why a process is gone: a signal ended it that its supervisor did not send. */
export class EndedBySignal extends Error {
  override name = 'EndedBySignal';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`it was ended by the signal ${signal}`);
    this.signal = signal;
  }

  /** Whether the signal comes from somebody who ends processes (an operator, the system when memory is short) and not from what the process did. */
  get isFromOutside(): boolean {
    return OUTSIDE.has(this.signal);
  }
}

const OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
