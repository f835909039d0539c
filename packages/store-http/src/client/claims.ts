import {
  type AttemptedRollout,
  type DequeueManyOptions,
  isLightningError,
  type Logger,
  newClaimId,
  toLightningError,
} from '@agentlightning/core';
import { cancelDequeue, dequeueRollouts, getRollout, updateAttempt, updateRollout } from '../operations.ts';
import { type ClaimReturns, releaseClaim } from '../release-claim.ts';
import type { DequeueBody } from '../wire/message-codecs.ts';
import { linkSignals } from './linked-signal.ts';
import { pause } from './pause.ts';
import type { ServerCalls } from './server-calls.ts';
import { SHORT_POLL_MS, SLICE_MS } from './slices.ts';

/** A server that was told to end a claim's wait gets this long to answer it. */
const CANCEL_GRACE_MS = 1_000;

type Claim = DequeueBody & { readonly claimId: string; readonly waitMs: number };

/** Claims work at a server, and loses none: a claim whose answer was lost is asked for again under its id. */
export class Claims {
  readonly #calls: ServerCalls;
  readonly #logger: Logger;

  constructor(calls: ServerCalls, logger: Logger) {
    this.#calls = calls;
    this.#logger = logger;
  }

  /** As `dequeueManyRollouts()` of the contract, `limit` being 1 or more. */
  async claim(options: DequeueManyOptions): Promise<AttemptedRollout[]> {
    this.#calls.refuseIfClosed(dequeueRollouts);
    const stop = linkSignals(this.#calls.closing, options.signal);
    try {
      return await this.#calls.track(this.#inSlices(options, stop.signal));
    } finally {
      stop.unlink();
    }
  }

  /** Asks for work, slice by slice, until there is some, the time is up, or `stop` is aborted. */
  async #inSlices(options: DequeueManyOptions, stop: AbortSignal): Promise<AttemptedRollout[]> {
    const { limit = 1, workerId, waitMs = 0 } = options;
    let claimId = options.claimId ?? newClaimId();
    const end = performance.now() + waitMs;
    while (!stop.aborted) {
      const asked = performance.now();
      const sliceMs = Math.max(0, Math.min(end - asked, SLICE_MS));
      const claim = { limit, waitMs: sliceMs, claimId, ...(workerId === undefined ? {} : { workerId }) };
      const claimed = await this.#ask(claim, stop);
      if (stop.aborted) await this.#giveBack(claimed);
      else if (claimed.length > 0) return claimed;
      const rest = end - performance.now();
      if (rest <= 0) break;
      if (!this.#calls.features.has('dequeue-wait')) await pause(Math.min(rest, SHORT_POLL_MS), stop);
      else if (performance.now() - asked < sliceMs / 2) {
        // What was claimed under this id is somebody else's by now: nothing else will come of it.
        if (options.claimId !== undefined) break;
        claimId = newClaimId();
      }
    }
    return [];
  }

  async #ask(claim: Claim, stop: AbortSignal): Promise<AttemptedRollout[]> {
    try {
      return await this.#calls.repeat(dequeueRollouts, () => this.#exchange(claim, stop), stop);
    } catch (error) {
      if (stop.aborted && !isLightningError(error, 'INVALID_ARGUMENT')) return [];
      throw error;
    }
  }

  /**
   * Asks once, and may wait at the server. When `stop` is aborted the server is told to end the wait, and the reply is still read: simply closing the
   * connection could lose a claim that is on its way.
   * @returns what was claimed, possibly after `stop`; the caller must not lose it
   */
  async #exchange(body: Claim, stop: AbortSignal): Promise<AttemptedRollout[]> {
    const { waitMs, claimId } = body;
    if (waitMs === 0) return this.#calls.exchange(dequeueRollouts, { body });
    const connection = new AbortController();
    const reply = this.#calls.exchange(dequeueRollouts, { body }, { waitMs, signal: connection.signal });
    let deadline: NodeJS.Timeout | undefined;
    const end = (): void => {
      deadline = setTimeout(() => connection.abort(), CANCEL_GRACE_MS);
      // A server that cannot be told will not answer in time either; the deadline sees to that.
      this.#calls.exchange(cancelDequeue, { body: { claimId } }, { signal: connection.signal }).catch(() => {});
    };
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    try {
      return await reply;
    } finally {
      clearTimeout(deadline);
      stop.removeEventListener('abort', end);
    }
  }

  async #giveBack(claimed: readonly AttemptedRollout[]): Promise<void> {
    // Also while the client closes.
    const store: ClaimReturns = {
      getRolloutById: (rolloutId) => this.#calls.exchange(getRollout, { params: { rolloutId } }),
      updateAttempt: (rolloutId, attemptId, body) =>
        this.#calls.exchange(updateAttempt, { params: { rolloutId, attemptId }, body }),
      updateRollout: (rolloutId, body) => this.#calls.exchange(updateRollout, { params: { rolloutId }, body }),
    };
    for (const { rolloutId, attempt } of claimed) {
      try {
        await releaseClaim(store, rolloutId, attempt.attemptId, this.#calls.features.has('given-back'));
      } catch (error) {
        // Who stopped waiting is told what is true for them, that they have nothing.
        this.#logger.error({ rolloutId, err: toLightningError(error) }, 'A claim could not be given back');
      }
    }
  }
}
