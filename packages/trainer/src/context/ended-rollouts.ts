import { isTerminal, type LightningStore, type RolloutChange } from '@agentlightning/core';

/** How many rollouts a store is asked about at a time that does not tell of changes: the oldest, which are claimed first. */
const ASKED_AT_ONCE = 1_000;

/** How long to wait. */
export interface EndWait {
  /** Seconds; `null`: until some have ended. The same at each call but for the time that has passed. */
  readonly timeoutSeconds: number | null;
  readonly signal: AbortSignal;
}

/**
 * Tells which of many rollouts have ended, as they do. With a store that tells of changes, an ending costs the same however many are waited for: asked about all
 * of them each time, ten thousand would take minutes of processor time. Another store is asked about some at a time.
 */
export class EndedRollouts {
  readonly #store: LightningStore;
  /** In the order in which they were enqueued. */
  readonly #pending: Set<string>;
  readonly #ended = new Set<string>();
  readonly #unsubscribe: (() => void) | undefined;
  #wake = Promise.withResolvers<void>();
  #all: Promise<unknown> | undefined;
  #hasLooked = false;
  readonly #closing = new AbortController();

  constructor(store: LightningStore, rolloutIds: readonly string[]) {
    this.#store = store;
    this.#pending = new Set(rolloutIds);
    this.#unsubscribe = store.onRolloutChange?.((change) => this.#follow(change));
  }

  /** Those that are waited for. */
  get pending(): readonly string[] {
    return [...this.#pending];
  }

  /** It is not waited for any more. */
  settle(rolloutId: string): void {
    this.#pending.delete(rolloutId);
    this.#ended.delete(rolloutId);
  }

  /** Those of all that have ended by now. @throws LightningError `ABORTED` when the signal is */
  async look(signal?: AbortSignal): Promise<readonly string[]> {
    this.#hasLooked = true;
    return await this.#ask(this.pending, { timeoutSeconds: 0, ...(signal === undefined ? {} : { signal }) });
  }

  /**
   * Waits until some have ended, or the time is up: then none. None as well if the store knows none of them.
   * @throws LightningError `ABORTED` when the signal is, or what the store throws
   */
  async next(wait: EndWait): Promise<readonly string[]> {
    if (this.#unsubscribe === undefined) {
      return await this.#ask(this.pending.slice(0, ASKED_AT_ONCE), { ...wait, minDone: 1 });
    }
    if (!this.#hasLooked) {
      const ended = await this.look(wait.signal);
      if (ended.length > 0) return ended;
    }
    if (this.#ended.size === 0) await this.#waitForOne(wait);
    const ended = [...this.#ended];
    this.#ended.clear();
    return ended.length > 0 ? ended : await this.look(wait.signal);
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#unsubscribe?.();
    this.#closing.abort();
  }

  /** Whoever waits for all learns too that the time is up, the store is closed, or the signal is aborted. */
  async #waitForOne({ timeoutSeconds, signal }: EndWait): Promise<void> {
    if (this.#all === undefined) {
      const all = this.#store.waitForRollouts({
        rolloutIds: this.pending,
        timeoutSeconds,
        signal: AbortSignal.any([signal, this.#closing.signal]),
      });
      const isOver = (): void => {
        if (this.#all === all) this.#all = undefined;
      };
      all.then(isOver, isOver);
      this.#all = all;
    }
    await Promise.race([this.#all, this.#wake.promise]);
  }

  async #ask(
    rolloutIds: readonly string[],
    wait: { readonly timeoutSeconds: number | null; readonly signal?: AbortSignal; readonly minDone?: number },
  ): Promise<readonly string[]> {
    const ended = await this.#store.waitForRollouts({ rolloutIds, ...wait });
    return ended.map(({ rolloutId }) => rolloutId);
  }

  #follow({ rolloutId, to }: RolloutChange): void {
    if (!this.#pending.has(rolloutId)) return;
    if (!isTerminal(to)) {
      this.#ended.delete(rolloutId);
      return;
    }
    this.#ended.add(rolloutId);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
