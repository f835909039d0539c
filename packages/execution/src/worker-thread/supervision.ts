import type { AttemptedRollout } from '@agentlightning/core';
import { currentRollout, type RunnerObserver } from '@agentlightning/runner';
import type { PostedAttempt, RunnerPost } from './input.ts';
import { noteTurns } from './turns.ts';

/**
 * Tells the main thread what this thread or process is at, so that it is known what was under way, and whose fault it was, should it end. What is
 * claimed is told before any of it is executed: whatever blocks or breaks the thread then is known there.
 */
export class Supervision implements RunnerObserver {
  readonly #post: (post: RunnerPost) => void;
  readonly #onLeftBehind: () => void;
  /** By the id of the attempt. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  #ended: number[] = [];

  /** @param onLeftBehind - called when an agent goes on although its attempt has ended */
  constructor(post: (post: RunnerPost) => void, onLeftBehind: () => void) {
    this.#post = post;
    this.#onLeftBehind = onLeftBehind;
    // Runs in the call of process.exit(), or right after an error that nobody caught: whose that is, is known here and nowhere else.
    process.once('exit', () => post({ type: 'exiting', number: this.#current() }));
  }

  claimed(rollouts: readonly AttemptedRollout[]): void {
    this.#post({ type: 'claimed', attempts: rollouts.map((rollout) => this.#number(rollout)) });
  }

  ended({ attempt: { attemptId } }: AttemptedRollout, isLeftBehind: boolean): void {
    const number = this.#numbers.get(attemptId);
    this.#numbers.delete(attemptId);
    // Those of one turn of the event loop share a message.
    if (number !== undefined && this.#ended.push(number) === 1) setImmediate(() => this.#postEnded());
    if (isLeftBehind) this.#onLeftBehind();
  }

  /** From now on, keeps the number of the attempt whose code runs in `memory`. */
  noteTurns(memory: SharedArrayBuffer): void {
    noteTurns(memory, () => this.#current());
  }

  #number({ rolloutId, attempt: { attemptId }, config: { timeoutSeconds } }: AttemptedRollout): PostedAttempt {
    const number = ++this.#lastNumber;
    this.#numbers.set(attemptId, number);
    return { number, rolloutId, attemptId, timeoutSeconds };
  }

  #current(): number {
    const attemptId = currentRollout()?.attempt.attemptId;
    return attemptId === undefined ? 0 : (this.#numbers.get(attemptId) ?? 0);
  }

  #postEnded(): void {
    const numbers = this.#ended;
    this.#ended = [];
    this.#post({ type: 'ended', numbers });
  }
}
