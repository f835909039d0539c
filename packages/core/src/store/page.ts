/**
 * One page of a query. Behaves as a read-only sequence of its items, and tells how many there are in all.
 * Mirrors upstream `PaginatedResult` (v0.3.0).
 */
export class Page<T> implements Iterable<T> {
  /** The items of this page, in order. */
  readonly items: readonly T[];
  /** The limit that was asked for; −1 is none. */
  readonly limit: number;
  /** How many matches were skipped. */
  readonly offset: number;
  /** How many items match, on all pages together. */
  readonly total: number;
  /**
   * `true` if the store has dropped spans that belong here, to keep its memory: what is left may be incomplete. Only a page of spans can
   * say so; an addition of ours (upstream's store throws).
   */
  readonly evicted: boolean;

  constructor(
    items: readonly T[],
    paging: { readonly limit: number; readonly offset: number; readonly total: number; readonly evicted?: boolean },
  ) {
    this.items = items;
    this.limit = paging.limit;
    this.offset = paging.offset;
    this.total = paging.total;
    this.evicted = paging.evicted ?? false;
  }

  /** How many items this page holds. */
  get length(): number {
    return this.items.length;
  }

  /** The item at `index`; negative counts from the end, `undefined` outside. */
  at(index: number): T | undefined {
    return this.items.at(index);
  }

  /** Items from `start` to before `end`, as `Array.prototype.slice`. */
  slice(start?: number, end?: number): readonly T[] {
    return this.items.slice(start, end);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]();
  }
}
