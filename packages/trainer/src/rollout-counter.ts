import { isQueued, type LightningStore, type RolloutChange, type RolloutStatus } from '@agentlightning/core';
import type { RolloutCounts } from './run-message.ts';
import type { RolloutLoad } from './timing/time-account.ts';

/** How long changes are gathered before they are told, in milliseconds. */
const INTERVAL_MS = 100;

/**
 * Counts where the rollouts of a run stand and tells the counts at most every 100 ms.
 *
 * Follows the store's status changes. A store that cannot tell them (an HTTP client) leaves it to the evaluations to say what they enqueued and what
 * ended; nothing is then known to be running.
 */
export class RolloutCounter {
  readonly #counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 };
  readonly #seen = new Set<string>();
  readonly #tell: (counts: RolloutCounts) => void;
  readonly #watch: (load: RolloutLoad) => void;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #isFollowing: boolean;
  #timer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #goal: { readonly rollouts: number; readonly reached: () => void } | undefined;

  /**
   * @param tell - told the counts now and then
   * @param watch - told at each change where the rollouts stand
   */
  constructor(
    store: LightningStore,
    tell: (counts: RolloutCounts) => void,
    watch: (load: RolloutLoad) => void = () => {},
  ) {
    this.#tell = tell;
    this.#watch = watch;
    this.#isFollowing = store.onRolloutChange !== undefined;
    this.#unsubscribe = store.onRolloutChange?.((change) => this.#follow(change));
  }

  /** The counts now. */
  get counts(): RolloutCounts {
    return { ...this.#counts };
  }

  /** Counts the rollouts that a store of the run's own has from earlier, and how often they were tried again. */
  async countOwn(store: LightningStore): Promise<void> {
    if (!this.#isFollowing) return;
    const { items } = await store.queryRollouts();
    for (const rollout of items) {
      const { rolloutId, status } = rollout;
      const attempts = 'attempt' in rollout ? rollout.attempt.sequenceId : 0;
      this.#counts.retried += Math.max(0, attempts - (status === 'requeuing' ? 0 : 1));
      this.#follow({ rolloutId, from: null, to: status });
    }
  }

  /** An evaluation has enqueued this many. */
  enqueued(rollouts: number): void {
    if (this.#isFollowing) return;
    this.#counts.queued += rollouts;
    this.#changed();
  }

  /**
   * A rollout of an evaluation has ended.
   * @param attempts - how many it took, if that is known
   */
  ended(status: 'succeeded' | 'failed' | 'cancelled', attempts = 1): void {
    if (this.#isFollowing) return;
    this.#counts.queued -= 1;
    this.#counts[status] += 1;
    this.#counts.retried += Math.max(0, attempts - 1);
    this.#changed();
  }

  /**
   * Resolves when this many rollouts have ended, or were begun this many times and none is under way: one that is tried again is claimed again.
   * Never on a store that cannot tell.
   */
  whenServed(rollouts: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#goal = { rollouts, reached: resolve };
    this.#checkGoal();
    return promise;
  }

  /** Tells the last counts and stops following. */
  close(): void {
    this.#unsubscribe?.();
    if (this.#timer !== undefined) this.#flush();
  }

  #follow({ rolloutId, from, to }: RolloutChange): void {
    // The store may hold rollouts of earlier runs: one that is not ours from the start is counted from its first change on.
    const isKnown = this.#seen.has(rolloutId);
    if (from !== null && isKnown) this.#counts[bucket(from)] -= 1;
    this.#seen.add(rolloutId);
    this.#counts[bucket(to)] += 1;
    // Runners may have claimed one before anybody counted.
    const wasBegunBefore = from !== null && !isKnown && bucket(from) === 'running';
    if (to === 'requeuing' && from !== null) this.#counts.retried += 1;
    this.#attempts += (wasBegunBefore ? 1 : 0) + (to === 'preparing' ? 1 : 0);
    this.#changed();
  }

  #checkGoal(): void {
    const { running, succeeded, failed, cancelled } = this.#counts;
    const served = Math.max(succeeded + failed + cancelled, running === 0 ? this.#attempts : 0);
    if (this.#goal !== undefined && served >= this.#goal.rollouts) this.#goal.reached();
  }

  #changed(): void {
    const { queued, running } = this.#counts;
    this.#watch({ queued, running, isTold: this.#isFollowing });
    this.#checkGoal();
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(this.counts);
  }
}

function bucket(status: RolloutStatus): Exclude<keyof RolloutCounts, 'retried'> {
  if (isQueued(status)) return 'queued';
  return status === 'preparing' || status === 'running' ? 'running' : (status as 'succeeded' | 'failed' | 'cancelled');
}
