import { createHash } from 'node:crypto';

/** Where a record of a run stands: the scopes and the key, e.g. `['r1', 'p0', 'critique']`. */
export type RecordPath = readonly (string | number)[];

/**
 * The path as one string that no other path has: JSON of the array, because joining with a separator would make `a/b`+`c` and `a`+`b/c`
 * the same.
 */
export function pathKey(path: RecordPath): string {
  return JSON.stringify(path);
}

/** The path as people read it: `r1/p0/critique`. */
export function showPath(path: RecordPath): string {
  return path.join('/');
}

/** Namespace of the ids below, a random UUID that must never change. */
const NAMESPACE = Buffer.from('5d1c8f0ea7c64c0f9f2f64c1b3a9d7e2', 'hex');

/** A UUID that is the same for the same parts: version 5 of RFC 9562 over the JSON array of the parts. */
export function derivedUuid(...parts: readonly unknown[]): string {
  const digest = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts)).digest().subarray(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
