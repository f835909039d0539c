/** `setTimeout` fires longer ones at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(delayMs, LONGEST_MS));
    signal?.addEventListener('abort', done);
  });
}
