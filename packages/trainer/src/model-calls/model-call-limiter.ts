import {
  type Clock,
  type ClockTimer,
  type HeaderReader,
  type RateLimit,
  rateLimits,
  retryAfterMs,
} from '@agentlightning/core';
import { Lane } from './lane.ts';

/** The longest that an endpoint is left alone because it asks for it, or says that its limits come back so late. */
const LONGEST_PAUSE_MS = 120_000;

/** Where a call goes. */
export interface Destination {
  readonly host: string;
  readonly model: string;
}

/** The permission to make one call. Exactly one of these is told, when it has ended. */
export interface Permit {
  /** It was answered, with these headers if they are known. */
  succeeded(header?: HeaderReader): void;
  /** It was refused as one too many. */
  throttled(header: HeaderReader): void;
  /** It was lost by a failure that passes. */
  lost(): void;
  /** It ended otherwise: given up, or failed in a way that says nothing about the endpoint. */
  ended(): void;
}

interface Queue {
  readonly destination: Destination;
  readonly lane: Lane;
  /** In the order in which they asked. */
  readonly waiting: Set<(permit: Permit) => void>;
  /** Armed for when the first of them may start. */
  timer: ClockTimer | undefined;
}

/**
 * Lets a run's model calls through at the pace that their endpoints allow, in the order in which they ask: see {@link Lane}. Each model of a host has a pace of
 * its own.
 */
export class ModelCallLimiter {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queues = new Map<string, Queue>();
  /** Of hosts that somebody else found busy: when that is over. */
  readonly #busyUntil = new Map<string, number>();

  /** @param random - in [0, 1) */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Waits until a call may be made.
   * @throws the signal's reason when it is aborted before
   */
  async acquire(destination: Destination, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    const queue = this.#queueOf(destination);
    const { promise, resolve, reject } = Promise.withResolvers<Permit>();
    const leave = (): void => {
      queue.waiting.delete(resolve);
      this.#admit(queue);
      reject(signal.reason as Error);
    };
    queue.waiting.add(resolve);
    this.#admit(queue);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /**
   * Leaves a host alone that somebody else found busy, such as an agent.
   * @param ms - for how long it asked to be; two minutes at most are given
   */
  holdOff(host: string, ms: number): void {
    const now = this.#now();
    const until = now + Math.min(ms, LONGEST_PAUSE_MS);
    this.#busyUntil.set(host, Math.max(this.#busyUntil.get(host) ?? 0, until));
    for (const queue of this.#queues.values()) if (queue.destination.host === host) queue.lane.pauseUntil(until);
  }

  #queueOf(destination: Destination): Queue {
    const key = JSON.stringify([destination.host, destination.model]);
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue: Queue = { destination, lane: new Lane(), waiting: new Set(), timer: undefined };
    queue.lane.pauseUntil(this.#busyUntil.get(destination.host) ?? 0);
    this.#queues.set(key, queue);
    return queue;
  }

  /** Lets those through who may start now, and comes back when the next one may. */
  #admit(queue: Queue): void {
    const { lane, waiting } = queue;
    queue.timer?.cancel();
    queue.timer = undefined;
    for (const start of waiting) {
      const now = this.#now();
      if (!lane.hasRoom) break;
      const early = lane.startsAt() - now;
      if (early > 0) {
        queue.timer = this.#clock.setTimer(early, () => this.#admit(queue));
        break;
      }
      waiting.delete(start);
      start(this.#permit(queue, lane.start(now)));
    }
    lane.setWaiting(waiting.size, this.#now());
  }

  #permit(queue: Queue, startedAt: number): Permit {
    const { lane } = queue;
    const end = (tell: (now: number) => void): void => {
      tell(this.#now());
      this.#admit(queue);
    };
    return {
      succeeded: (header = noHeaders) => end((now) => lane.succeeded(now, boundedLimits(header))),
      throttled: (header) =>
        end((now) => {
          const asked = retryAfterMs(header, this.#clock.now());
          const pauseMs = Math.min(asked ?? 0, LONGEST_PAUSE_MS);
          lane.throttled(now, { startedAt, pauseMs, limits: boundedLimits(header) });
        }),
      lost: () => end((now) => lane.lost(now, { startedAt, jitter: this.#random() })),
      ended: () => end((now) => lane.ended(now)),
    };
  }

  #now(): number {
    return this.#clock.now() * 1000;
  }
}

function noHeaders(): undefined {
  return undefined;
}

function boundedLimits(header: HeaderReader): RateLimit[] {
  return rateLimits(header).map((limit) => ({ ...limit, resetMs: Math.min(limit.resetMs, LONGEST_PAUSE_MS) }));
}
