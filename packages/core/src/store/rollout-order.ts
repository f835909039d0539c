import type { Rollout, RolloutStatus } from '../rollout/rollout.ts';
import { ROLLOUT_STATUSES } from '../rollout/rollout.ts';
import { IndexSet } from './index-set.ts';

/** What is put in order. */
export interface Ordered {
  readonly rollout: Rollout;
  /** Position in the order of storage. */
  readonly index: number;
}

/** Which rows a page has. */
export interface OrderedPage {
  /** Absent: of every status. */
  readonly statusIn?: readonly RolloutStatus[] | undefined;
  /** By start time; rows that started at the same time are in the order of storage under both. */
  readonly order: 'asc' | 'desc';
  readonly offset: number;
  /** −1: all. */
  readonly limit: number;
}

/**
 * The rows of a store in the order of storage, of all statuses and of each, so that a page at the beginning of many costs no more than one of few. As long as
 * the clock does not go backwards that is also their order by start time.
 */
export class RolloutOrder<T extends Ordered> {
  readonly #rows: T[] = [];
  readonly #byStatus = new Map<RolloutStatus, IndexSet>(ROLLOUT_STATUSES.map((status) => [status, new IndexSet()]));
  #isByStartTime = true;

  /** All of them. */
  get rows(): readonly T[] {
    return this.#rows;
  }

  /** Whether {@link page} knows the order by start time. */
  get isByStartTime(): boolean {
    return this.#isByStartTime;
  }

  /** Adds a row whose index is the next one, and which has its status. */
  add(row: T): void {
    const last = this.#rows.at(-1);
    if (last !== undefined && row.rollout.startTime < last.rollout.startTime) this.#isByStartTime = false;
    this.#rows.push(row);
    this.#byStatus.get(row.rollout.status)?.add(row.index);
  }

  /** A row has got another status. */
  move({ index }: T, from: RolloutStatus, to: RolloutStatus): void {
    this.#byStatus.get(from)?.delete(index);
    this.#byStatus.get(to)?.add(index);
  }

  /** How many rows have one of these statuses. */
  count(statusIn: readonly RolloutStatus[] | undefined): number {
    if (statusIn === undefined) return this.#rows.length;
    return this.#setsOf(statusIn).reduce((sum, set) => sum + set.size, 0);
  }

  /** Costs O(log n) for each row that is skipped or taken, and for each moment in which any of them started. */
  page({ statusIn, order, offset, limit }: OrderedPage): T[] {
    const end = limit === -1 ? undefined : offset + limit;
    if (statusIn === undefined && order === 'asc') return this.#rows.slice(offset, end);
    const sets = statusIn === undefined ? undefined : this.#setsOf(statusIn);
    const rows: T[] = [];
    let position = 0;
    for (const row of order === 'asc' ? this.#between(sets, 0, this.#rows.length) : this.#newestFirst(sets)) {
      if (position === end) break;
      if (position >= offset) rows.push(row);
      position += 1;
    }
    return rows;
  }

  #setsOf(statusIn: readonly RolloutStatus[]): IndexSet[] {
    return [...new Set(statusIn)].flatMap((status) => this.#byStatus.get(status) ?? []);
  }

  *#between(sets: readonly IndexSet[] | undefined, begin: number, end: number): Generator<T> {
    if (sets === undefined) {
      for (let index = begin; index < end; index += 1) yield this.#rows[index]!;
      return;
    }
    const heads = sets.map((set) => set.next(begin) ?? end);
    for (;;) {
      const index = Math.min(end, ...heads);
      if (index >= end) return;
      yield this.#rows[index]!;
      const taken = heads.indexOf(index);
      heads[taken] = sets[taken]!.next(index + 1) ?? end;
    }
  }

  /** From the last moment to the first; each is a stretch of rows, which is read forwards. */
  *#newestFirst(sets: readonly IndexSet[] | undefined): Generator<T> {
    let end = this.#rows.length;
    while (end > 0) {
      const last = sets === undefined ? end - 1 : Math.max(-1, ...sets.map((set) => set.previous(end - 1) ?? -1));
      if (last < 0) return;
      const begin = this.#firstAt(this.#rows[last]!.rollout.startTime);
      yield* this.#between(sets, begin, last + 1);
      end = begin;
    }
  }

  /** The first row that started at a time or later. */
  #firstAt(startTime: number): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle]!.rollout.startTime < startTime) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
