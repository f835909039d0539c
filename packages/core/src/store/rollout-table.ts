import type { Attempt } from '../rollout/attempt.ts';
import type { Rollout, RolloutStatus } from '../rollout/rollout.ts';
import { queueMove } from '../rollout/transition.ts';
import type { Span } from '../span/span.ts';
import { IndexedHeap } from './indexed-heap.ts';
import { RolloutOrder } from './rollout-order.ts';
import type { ResolvedRolloutRequest } from './rollout-request.ts';

/** An attempt and its spans by span id, in the order of storage. */
export interface AttemptRow {
  attempt: Attempt;
  readonly spans: Map<string, Span>;
}

/** A rollout and everything that belongs to it. */
export interface RolloutRow {
  rollout: Rollout;
  /** What made it, if the caller chose the id: the same request again is not a second rollout. */
  readonly request: ResolvedRolloutRequest | undefined;
  /** By id, in the order of their sequence ids. */
  readonly attempts: Map<string, AttemptRow>;
  latest: AttemptRow | undefined;
  /** Estimated size of its spans. */
  spanBytes: number;
  /** Whether spans were dropped. */
  hasEvictedSpans: boolean;
  /** Position in the order of storage. */
  readonly index: number;
  /** Position in the queue among rollouts of its priority; means something only while it is queued. */
  ticket: number;
}

/**
 * The rollouts of a store, found by id, by status and as a queue. The queue is an index of the statuses `queuing` and
 * `requeuing`: there is no way to be in one without the other.
 */
export class RolloutTable {
  /** In the order of storage. */
  readonly order = new RolloutOrder<RolloutRow>();
  readonly #byId = new Map<string, RolloutRow>();
  readonly #queue = new IndexedHeap<RolloutRow>(isClaimedBefore);
  #nextTicket = 0;

  /** How many there are. */
  get size(): number {
    return this.order.rows.length;
  }

  /** The one that is claimed next: highest priority, then first in first out. */
  get nextInQueue(): RolloutRow | undefined {
    return this.#queue.first;
  }

  get(rolloutId: string): RolloutRow | undefined {
    return this.#byId.get(rolloutId);
  }

  /** Adds a rollout; one that is queued goes to the tail of its priority. */
  add(rollout: Rollout, request: ResolvedRolloutRequest | undefined): RolloutRow {
    const row: RolloutRow = {
      rollout,
      request,
      attempts: new Map(),
      latest: undefined,
      spanBytes: 0,
      hasEvictedSpans: false,
      index: this.order.rows.length,
      ticket: 0,
    };
    this.order.add(row);
    this.#byId.set(rollout.rolloutId, row);
    this.#enqueue(row, null, rollout.status);
    return row;
  }

  /** Writes a rollout's record, and moves it in the indexes if its status changed. */
  write(row: RolloutRow, rollout: Rollout): void {
    const from = row.rollout.status;
    row.rollout = rollout;
    if (from === rollout.status) return;
    this.order.move(row, from, rollout.status);
    this.#enqueue(row, from, rollout.status);
  }

  /** Those of these ids that exist, in the order of storage. */
  withIds(rolloutIds: readonly string[]): RolloutRow[] {
    const rows = [...new Set(rolloutIds)].flatMap((rolloutId) => this.#byId.get(rolloutId) ?? []);
    return rows.sort(inStorageOrder);
  }

  #enqueue(row: RolloutRow, from: RolloutStatus | null, to: RolloutStatus): void {
    const move = queueMove(from, to);
    if (move === 'leaves') this.#queue.delete(row);
    if (move !== 'joins') return;
    row.ticket = this.#nextTicket++;
    this.#queue.add(row);
  }
}

const inStorageOrder = (a: RolloutRow, b: RolloutRow): number => a.index - b.index;

function isClaimedBefore(a: RolloutRow, b: RolloutRow): boolean {
  const difference = b.rollout.priority - a.rollout.priority;
  return difference < 0 || (difference === 0 && a.ticket < b.ticket);
}
