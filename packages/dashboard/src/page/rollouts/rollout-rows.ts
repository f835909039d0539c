import type { PageWire, Rewards, RolloutWire } from '../store/records.ts';

/** So many rollouts are asked for at once, and make a page of the address. */
export const CHUNK = 100;

/** Chunks that are kept though nobody looks at them. */
const KEPT_CHUNKS = 30;

/** What {@link RolloutRows} asks for. */
export interface RowSource {
  readonly fetchRows: (
    range: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ) => Promise<PageWire<RolloutWire>>;
  readonly fetchRewards: (ids: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Rewards>>;
}

/**
 * A long list of rollouts of which only what is looked at is fetched. It can be looked at anew without what is seen moving: {@link takeShift} says by how many rows the first one that is seen has moved.
 */
export class RolloutRows {
  readonly #source: RowSource;
  readonly #onChange: () => void;
  readonly #chunks = new Map<number, readonly RolloutWire[]>();
  readonly #rewards = new Map<string, Rewards | null>();
  readonly #closing = new AbortController();
  #total: number | undefined;
  #window = { first: 0, last: 0 };
  #shift = 0;
  #asking: AbortController | undefined;

  constructor(source: RowSource, onChange: () => void) {
    this.#source = source;
    this.#onChange = onChange;
  }

  /** How many rollouts match; `undefined` before the first answer. */
  get total(): number | undefined {
    return this.#total;
  }

  /** `undefined` while it is not there. */
  at(index: number): RolloutWire | undefined {
    return this.#chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  /** The rewards of a rollout: `null` if it has none, `undefined` while nobody knows. */
  rewardsOf(rolloutId: string): Rewards | null | undefined {
    return this.#rewards.get(rolloutId);
  }

  /** Tells which rows are looked at. @returns whether some of them have to be fetched */
  look(first: number, last: number): boolean {
    this.#window = { first, last };
    return this.#missing().length > 0;
  }

  /** Fetches what is looked at and not there. */
  async fetchMissing(): Promise<void> {
    const missing = this.#missing();
    if (missing.length > 0) await this.#fetch(missing);
  }

  /** Fetches anew what is looked at, and forgets the rest. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const seen = this.at(this.#window.first)?.rollout_id;
    await this.#fetch(this.#seenChunks(), { isAnew: true, anchor: seen, signal });
  }

  /** By how many rows the first row that is seen has moved since this was last asked. */
  takeShift(): number {
    const shift = this.#shift;
    this.#shift = 0;
    return shift;
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
    this.#asking?.abort();
  }

  #seenChunks(): number[] {
    const { first, last } = this.#window;
    const end = Math.floor(Math.max(first, Math.min(last, (this.#total ?? 1) - 1)) / CHUNK);
    const chunks: number[] = [];
    for (let chunk = Math.floor(first / CHUNK); chunk <= end; chunk += 1) chunks.push(chunk);
    return chunks;
  }

  #missing(): number[] {
    if (this.#total === 0) return [];
    return this.#seenChunks().filter((chunk) => !this.#chunks.has(chunk));
  }

  async #fetch(
    chunks: readonly number[],
    options: { isAnew?: boolean; anchor?: string | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const signal = AbortSignal.any([
      asking.signal,
      this.#closing.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ]);
    const [from, to] = [Math.min(...chunks), Math.max(...chunks)];
    const page = await this.#source.fetchRows({ offset: from * CHUNK, limit: (to - from + 1) * CHUNK }, signal);
    if (signal.aborted) return;
    if (options.isAnew === true) this.#chunks.clear();
    this.#total = page.total;
    for (let chunk = from; chunk <= to; chunk += 1) {
      const start = (chunk - from) * CHUNK;
      this.#chunks.delete(chunk);
      this.#chunks.set(chunk, page.items.slice(start, start + CHUNK));
    }
    this.#forgetOldest();
    if (options.anchor !== undefined && this.#window.first > 0) {
      const at = page.items.findIndex(({ rollout_id: id }) => id === options.anchor);
      if (at >= 0) this.#shift += from * CHUNK + at - this.#window.first;
    }
    this.#onChange();
    await this.#fetchRewards(page.items, signal);
  }

  /** Of those that have ended and are not known; a rollout that is looked at again may have ended meanwhile. */
  async #fetchRewards(rollouts: readonly RolloutWire[], signal: AbortSignal): Promise<void> {
    const wanted = rollouts
      .filter(({ status }) => status === 'succeeded' || status === 'failed')
      .map(({ rollout_id: id }) => id)
      .filter((id) => !this.#rewards.has(id));
    if (wanted.length === 0) return;
    const found = await this.#source.fetchRewards(wanted, signal);
    if (signal.aborted) return;
    for (const id of wanted) this.#rewards.set(id, found.get(id) ?? null);
    this.#onChange();
  }

  #forgetOldest(): void {
    for (const chunk of this.#chunks.keys()) {
      if (this.#chunks.size <= KEPT_CHUNKS) return;
      this.#chunks.delete(chunk);
    }
  }
}
