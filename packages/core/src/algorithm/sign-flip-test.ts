import { createRng } from './rng.ts';

/** The most steps that an exact answer may take; a tenth of a second. */
const MOST_STEPS = 1e8;
/** Differences of other sizes than multiples of a common one are gone through whole up to this many. */
const MOST_FLIPPED_WHOLE = 16;
/** Sign flips that are drawn where there are too many to go through, all together and times. */
const DRAWN_FLIPS = 2e7;
const MOST_DRAWS = 20_000;
const FEWEST_DRAWS = 2_000;
/** Up to which denominator rewards are taken to be fractions: thirds and tenths are, measured times are not. */
const LARGEST_DENOMINATOR = 120;

/**
 * Two-sided p-value of the sign-flip permutation test: how likely a mean at least as far from 0 is if each difference could as well have had the other
 * sign, as it could when two candidates are equally good. For rewards of 0 and 1 it is McNemar's exact test.
 *
 * Exact where the differences are multiples of a common one, as those of grades are, or few; otherwise by random flips, which are the same each time.
 *
 * @param differences - of two candidates, task by task
 * @returns above 0, at most 1; 1 without any difference
 */
export function signFlipPValue(differences: readonly number[]): number {
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs);
  if (sizes.length === 0) return 1;
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  const multiples = asMultiples(sizes);
  if (multiples !== undefined) return byDistribution(multiples, observed);
  return sizes.length <= MOST_FLIPPED_WHOLE ? byAllFlips(sizes, observed) : byDrawnFlips(sizes, observed);
}

interface Multiples {
  readonly unit: number;
  readonly counts: readonly number[];
}

/** Sizes as multiples of a common one; `undefined` if there is none, or too many steps would be needed. */
function asMultiples(sizes: readonly number[]): Multiples | undefined {
  for (let denominator = 1; denominator <= LARGEST_DENOMINATOR; denominator += 1) {
    const counts = sizes.map((size) => Math.round(size * denominator));
    if (!sizes.every((size, index) => Math.abs(size * denominator - counts[index]!) < 1e-7)) continue;
    const divisor = counts.reduce(greatestCommonDivisor);
    if (divisor === 0) continue;
    const multiples = counts.map((multiple) => multiple / divisor);
    const steps = multiples.reduce((sum, multiple) => sum + multiple, 0) * multiples.length;
    return steps > MOST_STEPS ? undefined : { unit: divisor / denominator, counts: multiples };
  }
  return undefined;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** By the whole distribution of the sum of those that keep their sign. */
function byDistribution({ unit, counts }: Multiples, observed: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const count of counts) {
    reached += count;
    for (let sum = reached; sum >= 0; sum -= 1) {
      probability[sum] = (probability[sum]! + (sum >= count ? probability[sum - count]! : 0)) / 2;
    }
  }
  const far = Math.round(observed / unit);
  let p = 0;
  for (let sum = 0; sum <= total; sum += 1) if (Math.abs(2 * sum - total) >= far) p += probability[sum]!;
  return Math.min(1, p);
}

function byAllFlips(sizes: readonly number[], observed: number): number {
  const enough = observed - tolerance(sizes);
  const flips = 2 ** sizes.length;
  let far = 0;
  for (let flip = 0; flip < flips; flip += 1) {
    let sum = 0;
    for (let index = 0; index < sizes.length; index += 1) sum += (flip >> index) & 1 ? sizes[index]! : -sizes[index]!;
    if (Math.abs(sum) >= enough) far += 1;
  }
  return far / flips;
}

/** What was observed is one of the flips, so that p is never 0. */
function byDrawnFlips(sizes: readonly number[], observed: number): number {
  const enough = observed - tolerance(sizes);
  const rng = createRng(`sign flips ${JSON.stringify(sizes)}`);
  const draws = Math.max(FEWEST_DRAWS, Math.min(MOST_DRAWS, Math.floor(DRAWN_FLIPS / sizes.length)));
  let far = 1;
  for (let draw = 0; draw < draws; draw += 1) {
    let sum = 0;
    let bits = 0;
    for (let index = 0; index < sizes.length; index += 1) {
      bits = index % 32 === 0 ? rng.int(2 ** 32) : bits >>> 1;
      sum += bits & 1 ? sizes[index]! : -sizes[index]!;
    }
    if (Math.abs(sum) >= enough) far += 1;
  }
  return far / (draws + 1);
}

/** Sums in another order differ in their last digits. */
function tolerance(sizes: readonly number[]): number {
  return 1e-9 * sizes.reduce((sum, size) => sum + size, 0);
}
