/**
 * Hands queued rollouts to whoever asks over HTTP, and sees to it that none is handed to a connection that is gone.
 *
 * A reply that cannot be delivered would leave its rollout `preparing` with nobody working on it. Such a claim is given back: the
 * attempt is marked in its metadata and the rollout queued again. It counts in `sequenceId`, so it uses up one of `maxAttempts`,
 * but a rollout always gets a claim that is delivered, whatever its retry condition says. Who claims under a claim id gets a moment to come back for
 * the reply first. What a client loses while the connection looks sound is the business of the claim's lease, in the store.
 */
import {
  type AttemptedRollout,
  LightningError,
  type LightningStore,
  type Logger,
  toLightningError,
} from '@agentlightning/core';
import type { FastifyReply } from 'fastify';
import { releaseClaim } from '../release-claim.ts';
import type { DequeueBody } from '../wire/message-codecs.ts';
import { isConnectionLost, onConnectionLost } from './connection.ts';
import { RecentWorkers } from './recent-workers.ts';

/** Longer waits are shortened to this, in milliseconds. */
const MAX_WAIT_MS = 30_000;

/** A client that can ask for its claim again does so within a fraction of this, milliseconds. */
const COME_BACK_MS = 5_000;

interface Undelivered {
  readonly workerId: string | null | undefined;
  readonly timer: NodeJS.Timeout;
  readonly giveBack: () => void;
}

/** See the head of this file. */
export class ClaimDesk {
  readonly #store: LightningStore;
  readonly #logger: Logger;
  readonly #workers = new RecentWorkers();
  readonly #parked = new Map<AbortController, DequeueBody>();
  /** Claims whose reply was lost, by claim id: for a while the client may come back for them. */
  readonly #undelivered = new Map<string, Undelivered>();
  /** What claims are refused with once no more are taken. */
  #refusal: LightningError | undefined;

  constructor(store: LightningStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Notes a sign of life of a worker, so that draining waits for it. */
  seen(workerId: string): void {
    if (this.#refusal === undefined) this.#workers.seen(workerId);
  }

  /**
   * Claims for the other end of `reply`.
   * @throws LightningError `STORE_CLOSING` once draining began, `UNAVAILABLE` once the server stops without it
   */
  async claim(request: DequeueBody, reply: FastifyReply): Promise<AttemptedRollout[]> {
    const { limit = 1, workerId, waitMs = 0, claimId } = request;
    if (limit <= 0) return [];
    if (this.#refusal !== undefined) throw this.#refuse(workerId, this.#refusal);
    if (workerId) this.#workers.seen(workerId);
    if (claimId) this.#cameBack(claimId);

    const claimed = await this.#park(reply, request, (signal) =>
      this.#store.dequeueManyRollouts({
        limit,
        waitMs: Math.min(waitMs, MAX_WAIT_MS),
        signal,
        // The empty id is kept, as upstream keeps it, and names no worker.
        ...(workerId === null || workerId === undefined ? {} : { workerId }),
        // An empty one is refused by the store, as every store refuses it.
        ...(typeof claimId === 'string' ? { claimId } : {}),
      }),
    );
    if (claimed.length === 0 && this.#refusal !== undefined) throw this.#refuse(workerId, this.#refusal);
    if (claimed.length > 0) this.#watchDelivery(claimed, request, reply);
    return claimed;
  }

  /** Ends what is parked under this claim id. Its own reply still tells what it got. @returns whether there was anything */
  cancel(claimId: string): boolean {
    const parked = [...this.#parked].filter(([, request]) => request.claimId === claimId);
    for (const [controller, request] of parked) this.#leave(request, controller);
    return parked.length > 0;
  }

  /**
   * Ends what a worker has parked, as somebody knows that it is gone: its connection may take a moment longer to say so, and must not be handed
   * anything meanwhile. Nobody waits for it to come back.
   */
  workerGone(workerId: string): void {
    for (const [controller, request] of this.#parked) {
      if (request.workerId === workerId) this.#leave(request, controller);
    }
    for (const [claimId, lost] of this.#undelivered) {
      if (lost.workerId !== workerId) continue;
      this.#cameBack(claimId);
      lost.giveBack();
    }
  }

  /**
   * Refuses every claim from now on with `STORE_CLOSING`, parked ones included: nothing comes after this.
   * @returns once each worker seen lately has been refused, after `deadlineMs`, or when the signal aborts
   */
  async drain(deadlineMs: number, signal?: AbortSignal): Promise<void> {
    this.#end(new LightningError('STORE_CLOSING', 'The store is closing: nothing more is handed out'));
    await this.#workers.allGone(deadlineMs, signal);
  }

  /**
   * Refuses every claim from now on, parked ones included, as the server stops.
   * @returns what everything is refused with: `STORE_CLOSING` after {@link drain}, otherwise `UNAVAILABLE`, as it may come back
   */
  stop(): LightningError {
    return this.#end(new LightningError('UNAVAILABLE', 'The store server is stopping'));
  }

  #end(refusal: LightningError): LightningError {
    this.#refusal ??= refusal;
    for (const controller of this.#parked.keys()) controller.abort();
    for (const claimId of this.#undelivered.keys()) this.#cameBack(claimId);
    return this.#refusal;
  }

  async #park<T>(reply: FastifyReply, request: DequeueBody, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const ignoreConnection = onConnectionLost(reply, () => this.#leave(request, controller));
    this.#parked.set(controller, request);
    try {
      return await work(controller.signal);
    } finally {
      this.#parked.delete(controller);
      ignoreConnection();
    }
  }

  /** Whoever stops waiting for work ends, or comes back and is seen again: draining does not wait for it. */
  #leave({ workerId }: DequeueBody, parked: AbortController): void {
    if (workerId) this.#workers.gone(workerId);
    parked.abort();
  }

  #watchDelivery(claimed: readonly AttemptedRollout[], { claimId, workerId }: DequeueBody, reply: FastifyReply): void {
    const giveBack = (): void => {
      for (const rollout of claimed) void this.#giveBack(rollout);
    };
    const lost = (): void => {
      if (!claimId) {
        giveBack();
        return;
      }
      this.#cameBack(claimId);
      const timer = setTimeout(() => {
        this.#undelivered.delete(claimId);
        giveBack();
      }, COME_BACK_MS).unref();
      this.#undelivered.set(claimId, { workerId, timer, giveBack });
    };
    if (isConnectionLost(reply)) lost();
    else onConnectionLost(reply, lost);
  }

  #cameBack(claimId: string): void {
    clearTimeout(this.#undelivered.get(claimId)?.timer);
    this.#undelivered.delete(claimId);
  }

  async #giveBack({ rolloutId, attempt: { attemptId } }: AttemptedRollout): Promise<void> {
    try {
      await releaseClaim(this.#store, rolloutId, attemptId);
      this.#logger.info({ rolloutId, attemptId }, 'A claim whose reply could not be delivered is queued again');
    } catch (error) {
      this.#logger.error({ rolloutId, attemptId, err: toLightningError(error) }, 'A claim could not be given back');
    }
  }

  #refuse(workerId: string | null | undefined, refusal: LightningError): LightningError {
    if (workerId) this.#workers.gone(workerId);
    return refusal;
  }
}
