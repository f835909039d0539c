import { type AlgorithmEnvironment, type Json, LightningError } from '@agentlightning/core';
import { settlesWithin } from './deadline.ts';
import type { Runners, StopPlan } from './runners/runners.ts';

/** How an algorithm is told to stop: nothing new, and later an end to what is in flight. */
export type AlgorithmSignals = Required<Pick<AlgorithmEnvironment, 'signal' | 'hurry'>>;

/** What {@link runBeside} watches over. Its deadlines are those of the algorithm, which winds down while the runners do. */
export interface RunBesideOptions extends StopPlan {
  /** Starts the algorithm. */
  readonly algorithm: (signals: AlgorithmSignals) => Promise<Json>;
  readonly runners: Runners;
  /** What to watch for once all runners have ended by themselves; see `failOnUnclaimedWork()`. */
  readonly whenRunnersEnd: (signal: AbortSignal) => Promise<void>;
  /** The caller's signal: it stops both. */
  readonly signal: AbortSignal;
  /** Stops the runners alone. */
  readonly drain?: AbortSignal | undefined;
}

/**
 * Runs an algorithm while runners work for it, until it has ended; the runners are left for the caller to stop. Rejects with what the algorithm
 * threw. When the runners are lost the algorithm is told to stop and the loss is the error, whatever the algorithm makes of it.
 *
 * An algorithm that is told to stop begins nothing new. What it has in flight, such as a model call, may come to its end and be recorded within
 * `drainMs`; then it is aborted, and after `abortMs` more the run goes on without the algorithm.
 */
export async function runBeside(options: RunBesideOptions): Promise<Json> {
  const { runners, signal, drain } = options;
  const lost = new AbortController();
  const finished = new AbortController();
  const working = new AbortController();
  const stop = AbortSignal.any([signal, lost.signal]);
  const result = Promise.withResolvers<Json>();
  const stopped = async (): Promise<void> => {
    const began = performance.now();
    // The work in flight is wound down while the algorithm comes to its end.
    void runners.stop(stop.reason);
    if (await isObeyed(result.promise, working, stop, options)) return;
    const message = `The algorithm did not stop within ${Math.round(performance.now() - began)} ms of being told to`;
    result.reject(
      lost.signal.aborted ? lost.signal.reason : new LightningError('ABORTED', message, { cause: stop.reason }),
    );
  };
  const onStop = (): void => void stopped();

  const drained = (): void => void runners.stop(drain?.reason);
  if (drain?.aborted) drained();
  else drain?.addEventListener('abort', drained, { once: true });
  watchRunners(runners, options.whenRunnersEnd, finished.signal).catch((error: unknown) => lost.abort(error));
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  options.algorithm({ signal: stop, hurry: working.signal }).then(
    (value) => (lost.signal.aborted ? result.reject(lost.signal.reason) : result.resolve(value)),
    (error: unknown) => result.reject(lost.signal.aborted ? lost.signal.reason : error),
  );
  try {
    return await result.promise;
  } finally {
    stop.removeEventListener('abort', onStop);
    drain?.removeEventListener('abort', drained);
    finished.abort();
  }
}

/** Gives the algorithm its time to finish what is in flight, then to abort it. */
async function isObeyed(
  result: Promise<Json>,
  working: AbortController,
  stop: AbortSignal,
  { drainMs, abortMs, hurry }: StopPlan,
): Promise<boolean> {
  if (await settlesWithin(result, drainMs, hurry?.abort)) return true;
  working.abort(stop.reason);
  return await settlesWithin(result, abortMs, hurry?.terminate);
}

async function watchRunners(
  runners: Runners,
  whenRunnersEnd: (signal: AbortSignal) => Promise<void>,
  finished: AbortSignal,
): Promise<void> {
  await runners.done;
  if (!finished.aborted && !runners.isStopping) await whenRunnersEnd(finished);
}
