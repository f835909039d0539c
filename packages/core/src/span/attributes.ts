import {
  type AttributeLeaf,
  type AttributeTree,
  buildAttributeTree,
  entriesBelow,
  isUnsafeSegment,
  MAX_ATTRIBUTE_DEPTH,
} from './attribute-tree.ts';
import type { SpanAttributes, SpanAttributeValue } from './span.ts';

/** How to flatten. */
export interface FlattenOptions {
  /** Also expand lists of primitives of one type, which otherwise stay one value. Default `false`. */
  readonly expandLeafLists?: boolean;
}

/**
 * Turns nested data into dotted keys: `{ users: [{ name: 'Ada' }] }` → `{ 'users.0.name': 'Ada' }`. Dots inside keys are not escaped.
 *
 * A list of primitives of one type stays a value, unless it is the root; other lists expand to indices. Empty lists and objects vanish, and so do
 * `undefined` and keys with a segment `__proto__`, `constructor` or `prototype`. Anything but plain objects and arrays is a value. A primitive at the
 * root gets the key `''`. Mirrors upstream `flatten_attributes` (v0.3.0).
 *
 * @throws TypeError for a `Map`, a cycle, or nesting beyond 100 levels
 */
export function flattenAttributes(nested: unknown, options: FlattenOptions = {}): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  const { expandLeafLists = false } = options;
  const ancestors = new Set<object>();

  const visit = (value: unknown, path: string, isRoot: boolean): void => {
    if (value === undefined) return;
    if (value instanceof Map)
      throw new TypeError(`Cannot flatten attributes as ${where(path)} is a Map: keys must be strings`);
    const isList = Array.isArray(value);
    if ((!isList && !isPlainObject(value)) || (isList && !isRoot && !expandLeafLists && isLeafList(value))) {
      flat[path] = value;
      return;
    }
    if (ancestors.has(value)) throw new TypeError(`Cannot flatten attributes as ${where(path)} contains itself`);
    if (ancestors.size >= MAX_ATTRIBUTE_DEPTH) {
      throw new TypeError(
        `Cannot flatten attributes as ${where(path)} is nested deeper than ${MAX_ATTRIBUTE_DEPTH} levels`,
      );
    }
    ancestors.add(value);
    for (const [key, item] of Object.entries(value)) {
      if (key.split('.').some(isUnsafeSegment)) continue;
      visit(item, isRoot ? key : `${path}.${key}`, false);
    }
    ancestors.delete(value);
  };

  visit(nested, '', true);
  return flat;
}

/**
 * The reverse of {@link flattenAttributes}, except for empty containers and a primitive at the root. A level whose keys are exactly `0` … `n−1`
 * becomes a list; with gaps or other keys beside it stays an object, so an index of any size costs nothing. Where `a` and `a.b` both occur the later one wins.
 *
 * Never throws: `a.00` is a key like any other (upstream fails on it), and keys with a segment `__proto__`, `constructor` or `prototype`, or with more
 * than 100 segments, are ignored. Mirrors upstream `unflatten_attributes` (v0.3.0).
 */
export function unflattenAttributes(flat: Readonly<Record<string, unknown>>): unknown {
  return collapse(buildAttributeTree(Object.entries(flat)));
}

/** The attributes whose key is `prefix` or below it: `tag` keeps `tag` and `tag.0`, but not `tags`. */
export function filterAttributes(attributes: SpanAttributes, prefix: string): Record<string, SpanAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([key]) => key === prefix || key.startsWith(`${prefix}.`)),
  );
}

/**
 * What is below `prefix`, nested, as {@link unflattenAttributes} does; `{}` when there is nothing. The key that equals the prefix is ignored, where
 * upstream's `filter_and_unflatten_attributes` (v0.3.0) fails.
 */
export function filterAndUnflatten(attributes: Readonly<Record<string, unknown>>, prefix: string): unknown {
  return collapse(buildAttributeTree(entriesBelow(attributes, prefix)));
}

/** How to sanitise. */
export interface SanitizeOptions {
  /** What cannot be serialised becomes the JSON of its string form (`true`, default), or is an error (`false`). */
  readonly force?: boolean;
}

/**
 * Makes every value one that a span can hold. Primitives and lists of one type pass; a list of numbers and booleans becomes numbers; everything else
 * becomes JSON text, `null` included. Numbers that JSON cannot hold become text, `'NaN'`; `undefined` is left out. Mirrors
 * upstream `sanitize_attributes` (v0.3.0).
 *
 * @throws TypeError with `force: false`, naming the attribute that cannot be serialised
 */
export function sanitizeAttributes(
  attributes: Readonly<Record<string, unknown>>,
  options: SanitizeOptions = {},
): Record<string, SpanAttributeValue> {
  const { force = true } = options;
  const sane: Record<string, SpanAttributeValue> = {};
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined && key !== '__proto__') sane[key] = sanitizeValue(key, value, force);
  }
  return sane;
}

/** Nested data as span attributes: {@link flattenAttributes}, then {@link sanitizeAttributes}. */
export function toSpanAttributes(nested: Readonly<Record<string, unknown>>): Record<string, SpanAttributeValue> {
  return sanitizeAttributes(flattenAttributes(nested));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function isLeafList(items: readonly unknown[]): boolean {
  const type = typeof items[0];
  return (type === 'string' || type === 'boolean' || type === 'number') && items.every((item) => typeof item === type);
}

function where(path: string): string {
  return path === '' ? 'the value' : `'${path}'`;
}

function collapse(level: AttributeTree): unknown {
  const isList = level.size > 0 && [...level.keys()].every((key) => isIndexBelow(key, level.size));
  if (isList) return Array.from({ length: level.size }, (_, index) => collapseEntry(level.get(String(index))!));
  return Object.fromEntries([...level].map(([key, entry]) => [key, collapseEntry(entry)]));
}

/** Keys of a level are distinct, so that n of them, each below n, are exactly 0 … n−1. */
function isIndexBelow(key: string, bound: number): boolean {
  return /^(0|[1-9]\d*)$/.test(key) && Number(key) < bound;
}

function collapseEntry(entry: AttributeTree | AttributeLeaf): unknown {
  return entry instanceof Map ? collapse(entry) : entry.value;
}

function sanitizeValue(key: string, value: unknown, force: boolean): SpanAttributeValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string')) return value;
    if (value.every((item) => typeof item === 'boolean')) return value;
    if (value.every((item) => typeof item === 'boolean' || Number.isFinite(item))) return value.map(Number);
  }
  return toJsonText(key, value, force);
}

function toJsonText(key: string, value: unknown, force: boolean): string {
  try {
    const text = JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
    );
    if (text !== undefined) return text;
  } catch (error) {
    // A cycle, a bigint, or a `toJSON` that throws: what follows says it for all of them.
    if (!force) throw new TypeError(`Cannot write attribute '${key}' as its value is not JSON`, { cause: error });
  }
  if (!force) throw new TypeError(`Cannot write attribute '${key}' as its value is not JSON: it is a ${typeof value}`);
  return JSON.stringify(describe(value));
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    // An object without a usable `toString`.
    return Object.prototype.toString.call(value);
  }
}
