import { url as inspectorUrl } from 'node:inspector';
import type { HostedWorker } from '../worker-thread/hosted-worker.ts';

/** A thread that answers pings. */
type Watched = Pick<HostedWorker<{ readonly type: 'ping' }>, 'request' | 'terminate'>;

/**
 * Terminates a thread whose event loop stands still for `blockedMs`: an agent that never gives it back can be told nothing, and the other slots
 * of its thread hang with it.
 *
 * @param isDebugged - whether a debugger may hold the thread, which is then left alone. Default: the process listens to one
 * @returns stops watching
 */
export function watchEventLoop(
  thread: Watched,
  blockedMs: number,
  isDebugged: () => boolean = () => inspectorUrl() !== undefined,
): () => void {
  const intervalMs = Math.min(1000, blockedMs / 4);
  let askedAt: number | undefined;
  let lastTick = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    // Late by itself, this thread was the one that stood still: answers have arrived meanwhile and are not read yet.
    const wasAsleep = now - lastTick > intervalMs * 2 + 100;
    lastTick = now;
    if (askedAt === undefined || wasAsleep || isDebugged()) ask(now);
    else if (now - askedAt > blockedMs) thread.terminate(new Error(`its event loop stood still for ${blockedMs} ms`));
  }, intervalMs);

  function ask(now: number): void {
    const answered = (): void => {
      if (askedAt === now) askedAt = undefined;
    };
    askedAt = now;
    thread.request({ type: 'ping' }).then(answered, answered);
  }

  return () => clearInterval(timer);
}
