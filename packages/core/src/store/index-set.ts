/** Bits of a word are flags of 32 members, or of 32 words of the level below. */
const WORD_BITS = 32;
const WORD_SHIFT = 5;
const WORD_MASK = WORD_BITS - 1;

/**
 * A set of small whole numbers that are dense and only grow, such as positions in an array, found in order from any place and in either direction.
 * Every call costs O(log₃₂ n), that is at most seven steps; a member takes about a bit.
 */
export class IndexSet {
  /** The members at level 0; a bit of each further level tells whether the word below it has any. The last has one word. */
  readonly #levels: Uint32Array[] = [new Uint32Array(1)];
  #size = 0;

  /** How many members there are. */
  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    const [members] = this.#levels as [Uint32Array];
    return index < members.length * WORD_BITS && (members[index >>> WORD_SHIFT]! & (1 << (index & WORD_MASK))) !== 0;
  }

  add(index: number): void {
    if (this.has(index)) return;
    while (index >= this.#capacity) this.#grow();
    this.#size += 1;
    let at = index;
    for (const level of this.#levels) {
      const word = at >>> WORD_SHIFT;
      const wasEmpty = level[word] === 0;
      level[word]! |= 1 << (at & WORD_MASK);
      if (!wasEmpty) return;
      at = word;
    }
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#size -= 1;
    let at = index;
    for (const level of this.#levels) {
      const word = at >>> WORD_SHIFT;
      level[word]! &= ~(1 << (at & WORD_MASK));
      if (level[word] !== 0) return;
      at = word;
    }
  }

  /** The least member that is `from` or more; `undefined` if there is none. */
  next(from: number): number | undefined {
    let at = Math.max(0, from);
    for (let height = 0; height < this.#levels.length; height += 1) {
      const level = this.#levels[height]!;
      const word = at >>> WORD_SHIFT;
      const rest = word < level.length ? (level[word]! & (-1 << (at & WORD_MASK))) >>> 0 : 0;
      if (rest !== 0) return this.#down(height, word * WORD_BITS + lowestBit(rest), lowestBit);
      at = word + 1;
    }
    return undefined;
  }

  /** The greatest member that is `from` or less; `undefined` if there is none. */
  previous(from: number): number | undefined {
    let at = Math.min(from, this.#capacity - 1);
    for (let height = 0; at >= 0 && height < this.#levels.length; height += 1) {
      const word = at >>> WORD_SHIFT;
      const rest = (this.#levels[height]![word]! & (-1 >>> (WORD_MASK - (at & WORD_MASK)))) >>> 0;
      if (rest !== 0) return this.#down(height, word * WORD_BITS + highestBit(rest), highestBit);
      at = word - 1;
    }
    return undefined;
  }

  get #capacity(): number {
    return this.#levels[0]!.length * WORD_BITS;
  }

  /** From a word that has members to its first or its last. */
  #down(height: number, index: number, bitOf: (word: number) => number): number {
    let at = index;
    for (let below = height - 1; below >= 0; below -= 1) at = at * WORD_BITS + bitOf(this.#levels[below]![at]!);
    return at;
  }

  #grow(): void {
    let words = this.#levels[0]!.length * 2;
    for (let height = 0; ; height += 1) {
      const known = this.#levels[height];
      const level = new Uint32Array(words);
      if (known !== undefined) level.set(known);
      // What was the top has got one above it.
      else level[0] = this.#levels[height - 1]![0] === 0 ? 0 : 1;
      this.#levels[height] = level;
      if (words === 1) return;
      words = Math.ceil(words / WORD_BITS);
    }
  }
}

/** Of a word that is not 0. */
function lowestBit(word: number): number {
  return WORD_MASK - Math.clz32(word & -word);
}

function highestBit(word: number): number {
  return WORD_MASK - Math.clz32(word);
}
