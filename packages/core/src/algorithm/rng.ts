import { createHash } from 'node:crypto';
import type { Rng } from './algorithm-context.ts';

/**
 * Names the way in which a seed becomes numbers. It is recorded with a run, as a run can only be resumed with the numbers it began with: whoever
 * changes {@link createRng} or one of its methods gives it a new name.
 */
export const RNG_VERSION = 'sha256-sfc32-1';

const UINT32 = 2 ** 32;

/**
 * A stream of random numbers that is the same for the same seed, on every machine and for ever. The first 16 bytes of the seed's SHA-256 are the state
 * of Chris Doty-Humphrey's sfc32, which passes PractRand. Not for secrets.
 */
export function createRng(seed: string): Rng {
  if (typeof seed !== 'string') {
    throw new TypeError(`Cannot create the stream as 'seed' must be a string: current value is of type ${typeof seed}`);
  }
  const uint32 = sfc32(seed);

  const int = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > UINT32) {
      throw new RangeError(
        `Cannot draw a number as 'bound' must be an integer from 1 to 4294967296: current value is ${bound}`,
      );
    }
    // The topmost numbers, which would make the lower results likelier, are drawn again.
    const limit = UINT32 - (UINT32 % bound);
    let drawn = uint32();
    while (drawn >= limit) drawn = uint32();
    return drawn % bound;
  };

  const sample = <V>(items: readonly V[], count: number): V[] => {
    if (!Number.isInteger(count) || count < 0 || count > items.length) {
      throw new RangeError(
        `Cannot draw a sample as 'count' must be an integer from 0 to ${items.length}: current value is ${count}`,
      );
    }
    const pool = [...items];
    for (let index = 0; index < count; index++) {
      const other = index + int(pool.length - index);
      [pool[index], pool[other]] = [pool[other]!, pool[index]!];
    }
    return pool.slice(0, count);
  };

  return {
    next: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    int,
    pick<V>(items: readonly V[]): V {
      if (items.length === 0) throw new RangeError('Cannot pick an item as there are none');
      return items[int(items.length)]!;
    },
    shuffle: (items) => sample(items, items.length),
    sample,
  };
}

/** Integers from 0 to 2³² − 1. */
function sfc32(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readUInt32LE(0) | 0;
  let b = digest.readUInt32LE(4) | 0;
  let c = digest.readUInt32LE(8) | 0;
  let counter = digest.readUInt32LE(12) | 0;
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
}
