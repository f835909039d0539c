import { type Json, LightningError } from '@agentlightning/core';
import type { Runners } from './runners/runners.ts';

/** What {@link runBeside} watches over. */
export interface RunBesideOptions {
  /** Starts the algorithm; the signal tells it to stop. */
  readonly algorithm: (signal: AbortSignal) => Promise<Json>;
  readonly runners: Runners;
  /** What to watch for once all runners have ended by themselves; see `failOnUnclaimedWork()`. */
  readonly whenRunnersEnd: (signal: AbortSignal) => Promise<void>;
  /** The caller's signal: it stops both. */
  readonly signal: AbortSignal;
  /** How long the algorithm may take to obey the signal, in milliseconds. */
  readonly obeyMs: number;
}

/**
 * Runs an algorithm while runners work for it, until it has ended; the runners are left for the caller to stop. Rejects with what the algorithm
 * threw. When the runners are lost the algorithm is told to stop and the loss is the error, whatever the algorithm makes of it.
 */
export async function runBeside(options: RunBesideOptions): Promise<Json> {
  const { runners, signal, obeyMs } = options;
  const lost = new AbortController();
  const finished = new AbortController();
  const stop = AbortSignal.any([signal, lost.signal]);
  const result = Promise.withResolvers<Json>();
  let timer: NodeJS.Timeout | undefined;
  const stopped = (): void => {
    // The work in flight is wound down while the algorithm comes to its end.
    void runners.stop(stop.reason);
    timer = setTimeout(() => {
      const message = `The algorithm did not stop within ${obeyMs} ms of being told to`;
      result.reject(
        lost.signal.aborted ? lost.signal.reason : new LightningError('ABORTED', message, { cause: stop.reason }),
      );
    }, obeyMs);
  };

  watchRunners(runners, options.whenRunnersEnd, finished.signal).catch((error: unknown) => lost.abort(error));
  if (stop.aborted) stopped();
  else stop.addEventListener('abort', stopped, { once: true });
  options.algorithm(stop).then(
    (value) => (lost.signal.aborted ? result.reject(lost.signal.reason) : result.resolve(value)),
    (error: unknown) => result.reject(lost.signal.aborted ? lost.signal.reason : error),
  );
  try {
    return await result.promise;
  } finally {
    stop.removeEventListener('abort', stopped);
    clearTimeout(timer);
    finished.abort();
  }
}

async function watchRunners(
  runners: Runners,
  whenRunnersEnd: (signal: AbortSignal) => Promise<void>,
  finished: AbortSignal,
): Promise<void> {
  await runners.done;
  if (!finished.aborted && !runners.isStopping) await whenRunnersEnd(finished);
}
