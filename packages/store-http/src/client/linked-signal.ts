/** A signal that follows others until it is unlinked. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Stops following; must be called, as one of the others may live as long as its owner. */
  unlink(): void;
}

/** A signal that is aborted as soon as one of the given ones is. */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const sources = signals.filter((signal) => signal !== undefined);
  const abort = (): void => controller.abort();
  for (const source of sources) {
    if (source.aborted) abort();
    else source.addEventListener('abort', abort);
  }
  return {
    signal: controller.signal,
    unlink() {
      for (const source of sources) source.removeEventListener('abort', abort);
    },
  };
}
