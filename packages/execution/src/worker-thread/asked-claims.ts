import type { ClaimBudget } from '@agentlightning/runner';
import type { RunnerPost } from './input.ts';

/** What may still be claimed, asked of the main thread each time; it counts over all threads and processes. */
export class AskedClaims implements ClaimBudget {
  readonly #post: (post: RunnerPost) => void;
  #asked = Promise.withResolvers<number>();

  constructor(post: (post: RunnerPost) => void) {
    this.#post = post;
  }

  take(max: number): Promise<number> {
    this.#asked = Promise.withResolvers();
    this.#post({ type: 'take', max });
    return this.#asked.promise;
  }

  settle(reserved: number, used: number): void {
    this.#post({ type: 'settle', granted: reserved, used });
  }

  /** The answer of the main thread. */
  granted(claims: number): void {
    this.#asked.resolve(claims);
  }
}
