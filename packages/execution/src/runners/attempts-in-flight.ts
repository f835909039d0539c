import type { RunnerPost } from '../worker-thread/input.ts';

/** An attempt that a runner thread or process has begun and not ended. */
export interface AttemptInFlight {
  readonly rolloutId: string;
  readonly attemptId: string;
  /** When its time is up, on this thread's `performance.now()`; `Infinity`: never. */
  readonly deadlineAt: number;
}

/** What a runner thread or process is at, as it tells by itself, and in whose code it is. */
export class AttemptsInFlight {
  readonly #byNumber = new Map<number, AttemptInFlight>();
  #turn: Int32Array | undefined;
  #endedBy = 0;

  get all(): readonly AttemptInFlight[] {
    return [...this.#byNumber.values()];
  }

  /** When the first of them has to end; `Infinity`: never. */
  get firstDeadline(): number {
    return Math.min(...this.all.map(({ deadlineAt }) => deadlineAt));
  }

  /**
   * Whose code ended the thread, or keeps it from going on: what it said itself, whose turn it was, or the only one there is. `undefined` when
   * that is not known, or it was nobody's.
   */
  get culprit(): AttemptInFlight | undefined {
    const known = this.#byNumber.get(this.#endedBy) ?? this.#byNumber.get(this.#turn?.[0] ?? 0);
    return known ?? (this.#byNumber.size === 1 ? this.all[0] : undefined);
  }

  /** The only one whose time is up; `undefined` when there is none, or several. @param nowMs - `performance.now()` */
  overdueAt(nowMs: number): AttemptInFlight | undefined {
    const overdue = this.all.filter(({ deadlineAt }) => deadlineAt <= nowMs);
    return overdue.length === 1 ? overdue[0] : undefined;
  }

  /** Takes note of what the thread tells. @param nowMs - `performance.now()` */
  receive(post: Extract<RunnerPost, { type: 'claimed' | 'ended' | 'exiting' }>, nowMs: number): void {
    switch (post.type) {
      case 'claimed':
        for (const { number, rolloutId, attemptId, timeoutSeconds } of post.attempts) {
          const deadlineAt = timeoutSeconds === null ? Number.POSITIVE_INFINITY : nowMs + timeoutSeconds * 1000;
          this.#byNumber.set(number, { rolloutId, attemptId, deadlineAt });
        }
        return;
      case 'ended':
        for (const number of post.numbers) this.#byNumber.delete(number);
        return;
      case 'exiting':
        this.#endedBy = post.number;
        return;
      default:
        post satisfies never;
    }
  }

  /** Memory for the thread to note in whose turn it is; the same at every call. */
  turns(): SharedArrayBuffer {
    this.#turn ??= new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    return this.#turn.buffer as SharedArrayBuffer;
  }
}
