import { getHeapStatistics } from 'node:v8';
import { IndexedHeap } from './indexed-heap.ts';

/** How much memory the spans of a store may take. */
export interface SpanBudgetOptions {
  /**
   * What ratios refer to, in bytes. Default: the limit of the JavaScript heap, which is where spans live and what ends
   * the process; upstream takes the machine's memory.
   */
  readonly memoryCapacityBytes?: number;
  /**
   * Spans are dropped when they take more than this: above 0 up to 1 a ratio of the capacity, above 1 whole bytes.
   * Default 0.7.
   */
  readonly evictionMemoryThreshold?: number;
  /**
   * Dropping stops at this: 0 to 1 a ratio of the capacity, above 1 whole bytes. Default: 0.8 of the other threshold.
   */
  readonly safeMemoryThreshold?: number;
  /** Estimated size of a span in bytes. Default: {@link estimateBytes}. */
  readonly estimateSpanBytes?: (span: object) => number;
}

/** What {@link SpanBudget} has to know of a rollout. */
export interface SpanHolder {
  readonly rollout: { readonly rolloutId: string; readonly startTime: number };
  /** Estimated size of its spans. */
  readonly spanBytes: number;
}

/**
 * Decides which rollouts lose their spans when memory runs short: those that have ended, oldest first (ties by id),
 * until the safe threshold is reached. Spans of a rollout that goes on are never dropped. Each decision costs O(log n).
 */
export class SpanBudget<T extends SpanHolder> {
  readonly capacityBytes: number;
  readonly evictionBytes: number;
  readonly safeBytes: number;
  readonly estimate: (span: object) => number;
  readonly #candidates = new IndexedHeap<T>(isOlder);
  #usedBytes = 0;

  /** @throws RangeError if a threshold is out of range, or the safe one is not below the other */
  constructor(options: SpanBudgetOptions) {
    this.capacityBytes = options.memoryCapacityBytes ?? getHeapStatistics().heap_size_limit;
    const eviction = options.evictionMemoryThreshold ?? 0.7;
    if (eviction === 0) throw outOfRange('evictionMemoryThreshold', 'more than 0', eviction);
    this.evictionBytes = toBytes('evictionMemoryThreshold', eviction, this.capacityBytes);
    this.safeBytes =
      options.safeMemoryThreshold === undefined
        ? this.evictionBytes * 0.8
        : toBytes('safeMemoryThreshold', options.safeMemoryThreshold, this.capacityBytes);
    if (this.safeBytes >= this.evictionBytes) {
      throw outOfRange('safeMemoryThreshold', `less than ${this.evictionBytes} bytes`, this.safeBytes);
    }
    this.estimate = options.estimateSpanBytes ?? estimateBytes;
  }

  /** Estimated size of all spans that are held. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Spans of a rollout were stored (or, negative, dropped). */
  add(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Says whether the spans of a rollout may be dropped. */
  setEvictable(holder: T, isEvictable: boolean): void {
    if (isEvictable) this.#candidates.add(holder);
    else this.#candidates.delete(holder);
  }

  /** The rollouts that have to give up their spans now. Empty unless the eviction threshold is passed. */
  takeEvicted(): T[] {
    const evicted: T[] = [];
    if (this.#usedBytes <= this.evictionBytes) return evicted;
    let bytes = this.#usedBytes;
    for (let holder = this.#candidates.first; holder !== undefined; holder = this.#candidates.first) {
      if (bytes <= this.safeBytes) break;
      this.#candidates.delete(holder);
      bytes -= holder.spanBytes;
      evicted.push(holder);
    }
    return evicted;
  }
}

/**
 * The size of a value, in bytes: the sum of its parts and an overhead for each container. Keys are not counted, as
 * upstream does.
 */
export function estimateBytes(value: unknown): number {
  if (typeof value === 'string') return STRING_OVERHEAD_BYTES + value.length;
  if (typeof value !== 'object') return PRIMITIVE_BYTES;
  if (value === null) return 0;
  let sum = CONTAINER_OVERHEAD_BYTES;
  if (Array.isArray(value)) for (const part of value) sum += estimateBytes(part);
  // Of JSON, which has no keys that are inherited: a list of its values would be made to be thrown away.
  else for (const key in value) sum += estimateBytes((value as Record<string, unknown>)[key]);
  return sum;
}

const STRING_OVERHEAD_BYTES = 16;
const CONTAINER_OVERHEAD_BYTES = 56;
const PRIMITIVE_BYTES = 8;

function isOlder(a: SpanHolder, b: SpanHolder): boolean {
  const difference = a.rollout.startTime - b.rollout.startTime;
  return difference < 0 || (difference === 0 && a.rollout.rolloutId < b.rollout.rolloutId);
}

function toBytes(name: string, threshold: number, capacity: number): number {
  if (!(threshold >= 0) || (threshold > 1 && !Number.isSafeInteger(threshold))) {
    throw outOfRange(name, 'a ratio from 0 to 1 or a whole number of bytes', threshold);
  }
  return threshold <= 1 ? threshold * capacity : threshold;
}

function outOfRange(name: string, wanted: string, value: number): RangeError {
  return new RangeError(`Cannot make the store as '${name}' must be ${wanted}: current value is ${value}`);
}
