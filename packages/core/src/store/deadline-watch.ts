import type { Clock, ClockTimer } from '../time/clock.ts';
import { IndexedHeap } from './indexed-heap.ts';

/** A deadline has passed when the clock is strictly later, so the timer is set this much behind it. */
const MARGIN_MS = 1;

interface Watched<T> {
  readonly item: T;
  /** Of two with the same deadline the one that was watched first passes first. */
  readonly order: number;
  at: number;
}

/**
 * Watches deadlines with one timer, armed for the earliest; each change costs O(log n), nothing is scanned. A deadline
 * that moves away leaves the timer as it is: it fires too early once, finds nothing, and is armed again. That is
 * cheaper than a new timer for every heartbeat.
 */
export class DeadlineWatch<T> {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #heap = new IndexedHeap<Watched<T>>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  readonly #watched = new Map<T, Watched<T>>();
  #timer: { readonly at: number; readonly handle: ClockTimer } | undefined;
  #nextOrder = 0;
  #isClosed = false;

  /** @param onDue - called when a deadline has passed while nobody asked; takes what is due with {@link takeDue} */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Sets, moves or (`undefined`) removes the deadline of `item`, in seconds since the Unix epoch. */
  set(item: T, at: number | undefined): void {
    const watched = this.#watched.get(item);
    if (watched?.at === at) return;
    if (watched !== undefined) this.#heap.delete(watched);
    if (at === undefined) {
      this.#watched.delete(item);
      return;
    }
    const entry = watched ?? { item, order: this.#nextOrder++, at };
    entry.at = at;
    this.#watched.set(item, entry);
    this.#heap.add(entry);
    this.#arm();
  }

  /** Removes and returns an item whose deadline has passed at `now`, the earliest first, and of those the one that was watched first. */
  takeDue(now: number): T | undefined {
    const first = this.#heap.first;
    if (first === undefined || now <= first.at) return undefined;
    this.#heap.delete(first);
    this.#watched.delete(first.item);
    return first.item;
  }

  /** Watches nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.handle.cancel();
    this.#timer = undefined;
    this.#heap.clear();
    this.#watched.clear();
  }

  #arm(): void {
    const first = this.#heap.first;
    if (first === undefined || this.#isClosed) return;
    if (this.#timer !== undefined && this.#timer.at <= first.at) return;
    this.#timer?.handle.cancel();
    const delayMs = Math.max(0, (first.at - this.#clock.now()) * 1000) + MARGIN_MS;
    const handle = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#onDue();
      this.#arm();
    });
    this.#timer = { at: first.at, handle };
  }
}
