/** One level of dotted attribute keys; leaves are attribute values. */
export type AttributeTree = Map<string, AttributeTree | AttributeLeaf>;

/** A value at the end of a dotted key. Wrapped, so that no value can be taken for a level. */
export interface AttributeLeaf {
  readonly value: unknown;
}

/** Nesting beyond this is no attribute of anybody's: deeper keys are ignored, and deeper values refused. */
export const MAX_ATTRIBUTE_DEPTH = 100;

/** Names that reach an object's prototype when they are assigned to. */
export function isUnsafeSegment(segment: string): boolean {
  return segment === '__proto__' || segment === 'constructor' || segment === 'prototype';
}

/**
 * Splits dotted keys into levels. Where `a` and `a.b` both occur, the later one wins. Keys with an unsafe segment, and keys of more
 * than {@link MAX_ATTRIBUTE_DEPTH} segments, are left out.
 */
export function buildAttributeTree(flat: Iterable<readonly [key: string, value: unknown]>): AttributeTree {
  const root: AttributeTree = new Map();
  for (const [key, value] of flat) {
    const segments = key.split('.');
    if (segments.length > MAX_ATTRIBUTE_DEPTH || segments.some(isUnsafeSegment)) continue;
    const last = segments.pop()!;
    let level = root;
    for (const segment of segments) {
      let next = level.get(segment);
      if (!(next instanceof Map)) {
        next = new Map();
        level.set(segment, next);
      }
      level = next;
    }
    level.set(last, { value });
  }
  return root;
}

/** The entries below `prefix`, without it. The key that equals the prefix is not below it. */
export function* entriesBelow(
  attributes: Readonly<Record<string, unknown>>,
  prefix: string,
): Generator<readonly [key: string, value: unknown]> {
  const start = `${prefix}.`;
  for (const key of Object.keys(attributes)) {
    if (key.startsWith(start)) yield [key.slice(start.length), attributes[key]];
  }
}
