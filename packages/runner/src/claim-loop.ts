import { setImmediate as turnEnd } from 'node:timers/promises';
import {
  type AttemptedRollout,
  type Clock,
  isLightningError,
  type LightningStore,
  type Logger,
  newClaimId,
} from '@agentlightning/core';
import type { ClaimBrake } from './claim-brake.ts';
import type { ClaimBudget } from './claim-budget.ts';
import { backoffMs, retryWhileUnavailable } from './store-retry.ts';
import { pause } from './waiting.ts';

/** How long one claim waits for work, in milliseconds; then it is made again. */
const CLAIM_WAIT_MS = 25_000;

/** A store that answers `nothing` sooner than this does not wait by itself. */
const SUSPICIOUSLY_EARLY_SECONDS = 1;

/** What {@link claimAndExecute} works with. */
export interface ClaimLoopOptions {
  readonly store: Pick<LightningStore, 'dequeueManyRollouts'>;
  readonly workerId: string;
  readonly slots: number;
  readonly claims: ClaimBudget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outageBudgetMs: number;
  readonly brake: ClaimBrake;
  /** Aborted: claim no more. */
  readonly stop: AbortSignal;
  /** Told of what was claimed before any of it is executed. */
  readonly claimed?: ((rollouts: readonly AttemptedRollout[]) => void) | undefined;
  /** Executes one attempt to its end. Must not reject. */
  readonly execute: (rollout: AttemptedRollout) => Promise<void>;
}

/**
 * Claims rollouts for free slots until told to stop, until the budget is used up or until the store closes, and waits for those under way. There is
 * one claim at a time, for as many as there are slots free; the store answers as soon as there is work.
 *
 * @throws what the store throws, once all that was under way has ended: `UNAVAILABLE` when the outage budget is used up
 */
export async function claimAndExecute(options: ClaimLoopOptions): Promise<void> {
  const { slots: all, claims, brake, stop, claimed, execute } = options;
  const running = new Set<Promise<void>>();
  let slotFreed = Promise.withResolvers<void>();
  const start = (rollout: AttemptedRollout): void => {
    const work = execute(rollout).finally(() => {
      running.delete(work);
      slotFreed.resolve();
    });
    running.add(work);
  };
  const claim = claimer(options);
  try {
    while (!stop.aborted) {
      await brake.released(stop);
      const slots = brake.slots(all);
      if (running.size >= slots) {
        slotFreed = Promise.withResolvers();
        await slotFreed.promise;
        // Others that are free in the same turn of the event loop share the claim.
        await turnEnd();
        continue;
      }
      const reserved = await claims.take(slots - running.size);
      if (reserved === 0) break;
      let used = 0;
      try {
        const rollouts = await claim(reserved);
        if (rollouts === undefined) break;
        const alive = rollouts.filter(isAlive);
        used = alive.length;
        if (alive.length > 0) claimed?.(alive);
        alive.forEach(start);
      } finally {
        claims.settle(reserved, used);
      }
    }
  } finally {
    await Promise.all(running);
  }
}

/** A claim that was asked for again may have been given up, or given to somebody else, in the meantime. */
function isAlive({ status, attempt }: AttemptedRollout): boolean {
  return status === 'preparing' && attempt.status === 'preparing';
}

/** Claims once, coming back to a store that cannot be reached. `undefined`: there will be no more. */
function claimer(options: ClaimLoopOptions): (limit: number) => Promise<readonly AttemptedRollout[] | undefined> {
  const { store, workerId, clock, logger, outageBudgetMs: budgetMs, stop: signal } = options;
  let earlyAnswers = 0;
  return async (limit) => {
    // One for all tries: what the store claimed for a try whose answer was lost is what the next one gets.
    const claimId = newClaimId();
    try {
      const asked = clock.now();
      const rollouts = await retryWhileUnavailable(
        () => store.dequeueManyRollouts({ limit, waitMs: CLAIM_WAIT_MS, workerId, signal, claimId }),
        { clock, logger, budgetMs, signal },
      );
      const isEarly = rollouts.length === 0 && clock.now() - asked < SUSPICIOUSLY_EARLY_SECONDS;
      earlyAnswers = isEarly ? earlyAnswers + 1 : 0;
      // An upstream server does not know `waitMs`: without a pause it would be asked without end.
      if (isEarly) await pause(clock, backoffMs(earlyAnswers), signal);
      return rollouts;
    } catch (error) {
      if (signal.aborted || isLightningError(error, 'STORE_CLOSING')) return undefined;
      throw error;
    }
  };
}
