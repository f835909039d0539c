/**
 * Randomness that is a function of what it is asked about. A draw is keyed by its parts (a seed, a prompt, a skill…), so no
 * order of execution, concurrency or restart changes it.
 */

/** Separates the parts, so that ('ab', 'c') and ('a', 'bc') are different keys. */
const separator = 0x1f;

/**
 * A 53-bit hash of the parts, for randomness only: fast, well mixed, not cryptographic.
 * @returns an integer in [0, 2⁵³)
 */
export function hashOf(...parts: readonly (string | number)[]): number {
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (const part of parts) {
    const text = typeof part === 'string' ? part : String(part);
    for (let index = 0; index <= text.length; index++) {
      const code = index === text.length ? separator : text.charCodeAt(index);
      low = Math.imul(low ^ code, 0x9e3779b1);
      high = Math.imul(high ^ code, 0x5f356495);
    }
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return 4294967296 * (2097151 & high) + (low >>> 0);
}

/** A uniform draw in [0, 1) keyed by the parts. */
export function uniform(...parts: readonly (string | number)[]): number {
  return hashOf(...parts) / 2 ** 53;
}

/** A standard normal draw keyed by the parts (Box–Muller). */
export function normal(...parts: readonly (string | number)[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(...parts, 'radius')));
  return radius * Math.cos(2 * Math.PI * uniform(...parts, 'angle'));
}

/** One of `choices`, each equally likely. `choices` must not be empty. */
export function pick<T>(choices: readonly T[], ...parts: readonly (string | number)[]): T {
  return choices[Math.floor(uniform(...parts) * choices.length)] as T;
}
