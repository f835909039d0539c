/**
 * A binary min-heap that knows where each item sits, so that any item can be taken out. `add` and `delete` cost O(log
 * n), `first` O(1).
 *
 * An item's rank must not change while it is in the heap: delete it, change it, add it again.
 */
export class IndexedHeap<T> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();

  /** @param isBefore - whether `a` comes out before `b`; items that are equal come out in any order */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  /** How many items there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The item before all others, `undefined` if there is none. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Whether the item is in the heap. */
  has(item: T): boolean {
    return this.#positions.has(item);
  }

  /** Adds an item; one that is in the heap stays as it is. */
  add(item: T): void {
    if (this.#positions.has(item)) return;
    this.#items.push(item);
    this.#rise(this.#items.length - 1, item);
  }

  /** Takes an item out. @returns whether it was in the heap */
  delete(item: T): boolean {
    const position = this.#positions.get(item);
    if (position === undefined) return false;
    this.#positions.delete(item);
    const last = this.#items.pop() as T;
    if (last === item) return true;
    this.#rise(position, last);
    this.#sink(this.#positions.get(last) ?? position, last);
    return true;
  }

  /** Takes all items out. */
  clear(): void {
    this.#items.length = 0;
    this.#positions.clear();
  }

  #rise(from: number, item: T): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = this.#items[parent] as T;
      if (!this.#isBefore(item, above)) break;
      this.#place(position, above);
      position = parent;
    }
    this.#place(position, item);
  }

  #sink(from: number, item: T): void {
    let position = from;
    for (;;) {
      const left = 2 * position + 1;
      if (left >= this.#items.length) break;
      const right = left + 1;
      const isRight = right < this.#items.length && this.#isBefore(this.#items[right] as T, this.#items[left] as T);
      const child = isRight ? right : left;
      const below = this.#items[child] as T;
      if (!this.#isBefore(below, item)) break;
      this.#place(position, below);
      position = child;
    }
    this.#place(position, item);
  }

  #place(position: number, item: T): void {
    this.#items[position] = item;
    this.#positions.set(item, position);
  }
}
