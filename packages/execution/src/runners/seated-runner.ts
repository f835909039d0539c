import type { LightningStore, Logger } from '@agentlightning/core';
import { settlesWithin } from '../deadline.ts';
import { EndedBySignal } from '../worker-thread/ended-by-signal.ts';
import type { HostGroup } from '../worker-thread/host-group.ts';
import type { HostedWorker, WorkerGone } from '../worker-thread/hosted-worker.ts';
import type { RunnerPost, RunnerThreadParts, RunnerThreadRequest, ServeEnd } from '../worker-thread/input.ts';
import { AttemptsInFlight } from './attempts-in-flight.ts';
import type { ClaimLimit } from './claim-limit.ts';
import type { RunnerLoss } from './lost-attempts.ts';
import { watchEventLoop } from './watch-event-loop.ts';

/** Longest that an attempt may block its event loop past its time limit, in milliseconds. */
const LONGEST_GRACE_MS = 3000;

/** What a {@link SeatedRunner} is given. */
export interface SeatedRunnerOptions {
  readonly parts: Omit<RunnerThreadParts, 'hasClaimLimit'>;
  readonly seat: number;
  readonly claims: ClaimLimit | undefined;
  readonly startMs: number;
  /** How long its event loop may stand still; `Infinity`: until the time of an attempt is up. */
  readonly blockedMs: number;
  readonly logger: Logger;
}

/** One runner thread or process and the name under which it works. Every replacement has a name of its own, so that attempts tell who had them. */
export class SeatedRunner {
  readonly workerId: string;
  readonly #options: SeatedRunnerOptions;
  readonly #worker: HostedWorker<RunnerThreadRequest>;
  readonly #inFlight = new AttemptsInFlight();

  constructor(group: HostGroup<RunnerThreadRequest>, options: SeatedRunnerOptions) {
    this.#options = options;
    this.workerId = options.parts.workerId;
    this.#worker = group.host((message) => this.#receive(message as unknown as RunnerPost));
  }

  /** See `HostedWorker.gone`. */
  get gone(): Promise<WorkerGone> {
    return this.#worker.gone;
  }

  /** Has it load the agent, hooks and tracer. Rejects as `HostedWorker.request()` does; it is terminated when that takes too long. */
  async load(): Promise<void> {
    const { parts, claims, startMs } = this.#options;
    const loading = this.#worker.request({ type: 'load', parts: { ...parts, hasClaimLimit: claims !== undefined } });
    if (!(await settlesWithin(loading, startMs))) {
      this.#worker.terminate(new Error(`it was not loaded within ${startMs} ms`));
    }
    await loading;
  }

  /** Has it work until it has served enough. Meanwhile its event loop is watched. */
  async serve(address: { readonly url: string; readonly token: string }, store: LightningStore): Promise<ServeEnd> {
    const { blockedMs, parts } = this.#options;
    const stopWatching = watchEventLoop(this.#worker, {
      blockedMs,
      graceMs: Math.min(parts.abortMs, LONGEST_GRACE_MS, blockedMs),
      firstDeadline: () => this.#inFlight.firstDeadline,
      vouchMs: parts.heartbeatIntervalMs ?? 10_000,
      vouch: () => void this.#vouch(store),
    });
    try {
      return (await this.#worker.request({ type: 'serve', store: address })) as ServeEnd;
    } finally {
      stopWatching();
    }
  }

  /** Has it note from now on in whose code it is, so that the culprit is known if it dies. Only a thread with several slots needs it, and can. */
  noteTurns(): void {
    if (this.#options.parts.slots === 1) return;
    this.#worker.request({ type: 'note-turns', memory: this.#inFlight.turns() }).catch(() => {
      // It is gone; who sits there next is told anew.
    });
  }

  drain(reason: unknown): void {
    this.#worker.drain(reason);
  }

  abort(reason: unknown): void {
    this.#worker.abort(reason);
  }

  terminate(reason: Error): void {
    this.#worker.terminate(reason);
  }

  /** What is known of its end. Whose fault it was is judged by what it had in flight and said last. */
  lossAt(nowMs: number, gone: WorkerGone): RunnerLoss & { readonly inFlight: number } {
    const culprit = this.#inFlight.culprit ?? this.#inFlight.overdueAt(nowMs);
    return {
      workerId: this.workerId,
      cause: causeOf(gone),
      culprit,
      isOverdue: culprit !== undefined && culprit.deadlineAt <= nowMs,
      isFromOutside: gone.cause instanceof EndedBySignal && gone.cause.isFromOutside,
      inFlight: this.#inFlight.all.length,
    };
  }

  #receive(post: RunnerPost): void {
    const { claims, seat } = this.#options;
    switch (post.type) {
      case 'claimed':
      case 'ended':
      case 'exiting':
        this.#inFlight.receive(post, performance.now());
        return;
      case 'take':
        this.#worker.request({ type: 'grant', claims: claims?.take(seat, post.max) ?? 0 }).catch(() => {
          // It is gone, and what it was granted is taken back.
        });
        return;
      case 'settle':
        claims?.settle(seat, post.granted, post.used);
        return;
      default:
        post satisfies never;
    }
  }

  /** Says to the store that it lives, as its own heartbeats wait until its event loop goes on. */
  async #vouch(store: LightningStore): Promise<void> {
    const attempts = this.#inFlight.all.map(({ rolloutId, attemptId }) => ({ rolloutId, attemptId }));
    try {
      const { fencedAttemptIds } = await store.updateWorker(this.workerId, { attempts });
      const isFenced = attempts.length > 0 && fencedAttemptIds.length === attempts.length;
      // Past its time limit it has a moment of grace, see watchEventLoop().
      if (!isFenced || this.#inFlight.firstDeadline <= performance.now()) return;
      this.#worker.terminate(new Error('its event loop stood still in an attempt that no longer counts'));
    } catch (error) {
      this.#options.logger.debug({ err: error, workerId: this.workerId }, 'A heartbeat failed');
    }
  }
}

/** Why a thread or process is gone, in words. */
export function causeOf({ cause, message }: WorkerGone): string {
  return cause instanceof Error ? cause.message : message;
}
