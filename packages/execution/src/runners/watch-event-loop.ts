import { url as inspectorUrl } from 'node:inspector';
import type { HostedWorker } from '../worker-thread/hosted-worker.ts';

/** A thread or process that answers pings. */
type Watched = Pick<HostedWorker<{ readonly type: 'ping' }>, 'request' | 'terminate'>;

/** How long an event loop may stand still. */
export interface EventLoopLimits {
  /** For so long in any case, in milliseconds; `Infinity`: until the time of an attempt is up. */
  readonly blockedMs: number;
  /** So many milliseconds past the time limit of an attempt: one that blocks cannot obey the abort of its signal. */
  readonly graceMs: number;
  /** When the time of the first attempt is up, on `performance.now()`; `Infinity`: never. */
  readonly firstDeadline: () => number;
  /** Called at least this often while the loop stands still and may, in milliseconds. */
  readonly vouchMs: number;
  readonly vouch: () => void;
}

/**
 * Terminates a thread or process whose event loop stands still for too long: an agent that never gives it back can be told nothing, and the other
 * slots of its thread hang with it. As long as it may stand still, somebody has to say for it that it lives.
 *
 * @param isDebugged - whether a debugger may hold the thread, which is then left alone. Default: this process listens to one
 * @returns stops watching
 */
export function watchEventLoop(
  worker: Watched,
  limits: EventLoopLimits,
  isDebugged: () => boolean = () => inspectorUrl() !== undefined,
): () => void {
  const { blockedMs, graceMs, vouchMs } = limits;
  const intervalMs = Math.max(1, Math.min(1000, blockedMs / 4, graceMs / 2, vouchMs / 2));
  let askedAt: number | undefined;
  let vouchedAt = 0;
  let lastTick = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    // Late by itself, this thread was the one that stood still: answers have arrived meanwhile and are not read yet.
    const wasAsleep = now - lastTick > intervalMs * 2 + 100;
    lastTick = now;
    if (askedAt === undefined || wasAsleep || isDebugged()) return ask(now);
    const blockedFor = now - askedAt;
    if (blockedFor > blockedMs) {
      worker.terminate(new Error(`its event loop stood still for ${blockedMs} ms`));
    } else if (blockedFor > graceMs && now - limits.firstDeadline() > graceMs) {
      worker.terminate(new Error('its event loop stood still, past the time limit of an attempt'));
    } else if (now - vouchedAt > vouchMs) {
      vouchedAt = now;
      limits.vouch();
    }
  }, intervalMs);

  function ask(now: number): void {
    const answered = (): void => {
      if (askedAt === now) askedAt = undefined;
    };
    askedAt = now;
    vouchedAt = now;
    worker.request({ type: 'ping' }).then(answered, answered);
  }

  return () => clearInterval(timer);
}
