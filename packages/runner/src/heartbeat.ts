import {
  type Clock,
  type ClockTimer,
  isLightningError,
  type LightningStore,
  type Logger,
  type WorkerHeartbeat,
} from '@agentlightning/core';
import { settlesWithin } from './waiting.ts';

/** Longest time that the end waits for a heartbeat under way, in milliseconds. */
const LONGEST_END_MS = 1000;

/** What a {@link Heartbeat} works with. */
export interface HeartbeatOptions {
  readonly store: Pick<LightningStore, 'updateWorker'>;
  readonly workerId: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What to say now. */
  readonly message: () => WorkerHeartbeat;
  /** Told which of the attempts named no longer count. */
  readonly fenced: (attemptIds: readonly string[]) => void;
}

/** Tells the store at once, and then again and again, that a worker lives and which attempts it executes. A store that does not answer is asked again next time. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: ClockTimer | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#beat();
  }

  /** No more heartbeats. Waits for the one under way. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#sending !== undefined) await settlesWithin(this.#options.clock, LONGEST_END_MS, this.#sending);
  }

  #beat(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.setTimer(intervalMs, () => this.#beat());
    // A slow store is not asked twice at once.
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    const { store, workerId, message, fenced, logger } = this.#options;
    const said = message();
    try {
      const { fencedAttemptIds } = await store.updateWorker(workerId, said);
      if (fencedAttemptIds.length > 0) fenced(fencedAttemptIds);
    } catch (error) {
      // As long as reports are taken heartbeats are: what is under way is for nobody any more.
      if (isLightningError(error, 'STORE_CLOSING')) fenced((said.attempts ?? []).map(({ attemptId }) => attemptId));
      else logger.debug({ err: error, workerId }, 'A heartbeat failed');
    }
  }
}
