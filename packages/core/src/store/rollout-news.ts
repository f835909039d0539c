import type { Logger } from '../logging/logger.ts';
import type { RolloutChange } from './lightning-store.ts';

/**
 * Tells listeners of changed statuses, in order, also when one of them calls the store. A listener that throws harms
 * nobody.
 */
export class RolloutNews {
  readonly #logger: Logger;
  readonly #listeners = new Set<(change: RolloutChange) => void>();
  readonly #untold: RolloutChange[] = [];
  #isTelling = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns what ends it */
  listen(listener: (change: RolloutChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Remembers a change until {@link tell}. */
  add(change: RolloutChange): void {
    this.#untold.push(change);
  }

  /** Tells what was added. Called by a listener, it leaves that to the call that is telling already. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (this.#untold.length > 0) {
      for (const change of this.#untold.splice(0)) this.#tellAll(change);
    }
    this.#isTelling = false;
  }

  #tellAll(change: RolloutChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#logger.error({ error, change }, 'A listener for rollout changes threw');
      }
    }
  }
}
