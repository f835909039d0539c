import { LightningError } from '../errors/lightning-error.ts';
import type { FilterLogic, PageOptions } from './store-query.ts';

/**
 * How a field of a record is compared. It decides what `null` counts as: `time` +∞, `text` the empty string, `number`
 * 0. An `other` field has no such stand-in; sorting by it works as long as its values are all numbers or all strings.
 */
export type SortKind = 'text' | 'number' | 'time' | 'other';

/** The fields of a record that can be sorted by. */
export type SortKinds<T> = { readonly [K in keyof T & string]: SortKind };

/** One test of a record. */
export type Condition<T> = (record: T) => boolean;

/** Options of {@link selectPage}. */
export interface Selection<T> extends FilterLogic, Omit<PageOptions<string>, 'sortBy'> {
  readonly sortBy?: string | null;
  /** Combined as `filterLogic` says; none match everything under either. */
  readonly conditions: readonly Condition<T>[];
  /** Fields that are not among them cannot be sorted by. */
  readonly sortKinds: Partial<SortKinds<T>>;
}

/** The matches of one page, and what a `Page` tells about it. */
export interface SelectedPage<T> {
  readonly items: readonly T[];
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
}

/**
 * Filters, sorts and pages records, in this order. For stores that hold their records in memory; one with a query
 * language of its own is held to the same answers by the conformance suite.
 *
 * @throws LightningError `INVALID_ARGUMENT` for an unknown sort field, values that cannot be ordered, a limit below −1, a negative offset
 */
export function selectPage<T>(records: Iterable<T>, selection: Selection<T>): SelectedPage<T> {
  const { limit, offset } = checkPaging(selection);
  const matches = filterRecords(records, selection.conditions, selection.filterLogic);
  const { sortBy } = selection;
  const sorted =
    sortBy === undefined || sortBy === null
      ? matches
      : sortRecords(matches, sortBy, selection.sortOrder ?? 'asc', selection.sortKinds);
  return {
    items: limit === -1 ? sorted.slice(offset) : sorted.slice(offset, offset + limit),
    limit,
    offset,
    total: matches.length,
  };
}

/** Limit and offset with their defaults. @throws LightningError `INVALID_ARGUMENT` */
export function checkPaging(options: { readonly limit?: number; readonly offset?: number }): {
  readonly limit: number;
  readonly offset: number;
} {
  const { limit = -1, offset = 0 } = options;
  if (!Number.isInteger(limit) || limit < -1) {
    throw invalid(`Cannot query as 'limit' must be a whole number of at least -1: current value is ${limit}`);
  }
  if (!Number.isInteger(offset) || offset < 0) {
    throw invalid(`Cannot query as 'offset' must be a whole number of at least 0: current value is ${offset}`);
  }
  return { limit, offset };
}

/** The tests that a query asks for: one for each filter that is given. */
export function conditionsOf<T>(...conditions: readonly (Condition<T> | undefined)[]): Condition<T>[] {
  return conditions.filter((condition) => condition !== undefined);
}

/** A test for one of several values; an empty list matches nothing. */
export function isIn<T, V>(get: (record: T) => V, values: readonly V[] | undefined): Condition<T> | undefined {
  if (values === undefined) return undefined;
  const set = new Set(values);
  return (record) => set.has(get(record));
}

/** A test for one value. */
export function equals<T, V>(get: (record: T) => V, value: V | undefined): Condition<T> | undefined {
  return value === undefined ? undefined : (record) => get(record) === value;
}

/** A test for a case-sensitive substring; `null` contains nothing. */
export function contains<T>(get: (record: T) => string | null, part: string | undefined): Condition<T> | undefined {
  return part === undefined ? undefined : (record) => get(record)?.includes(part) ?? false;
}

function filterRecords<T>(
  records: Iterable<T>,
  conditions: readonly Condition<T>[],
  logic: FilterLogic['filterLogic'] = 'and',
): readonly T[] {
  const all = Array.isArray(records) ? (records as readonly T[]) : [...records];
  if (conditions.length === 0) return all;
  return logic === 'or'
    ? all.filter((record) => conditions.some((matches) => matches(record)))
    : all.filter((record) => conditions.every((matches) => matches(record)));
}

function sortRecords<T>(
  records: readonly T[],
  field: string,
  order: 'asc' | 'desc',
  kinds: Partial<SortKinds<T>>,
): readonly T[] {
  if (!Object.hasOwn(kinds, field)) {
    const allowed = Object.keys(kinds).join(', ');
    throw invalid(`Cannot sort as 'sortBy' must be one of ${allowed}: current value is ${field}`, {
      field,
      allowed: Object.keys(kinds),
    });
  }
  const kind = kinds[field as keyof T & string] as SortKind;
  const keyed = records.map((record) => ({ record, key: sortKey(record[field as keyof T], kind) }));
  // Equal records keep the order of storage in both directions, so the result is not simply turned round.
  const direction = order === 'desc' ? -1 : 1;
  keyed.sort((a, b) => direction * compareKeys(a.key, b.key, field));
  return keyed.map(({ record }) => record);
}

function sortKey(value: unknown, kind: SortKind): unknown {
  if (value !== null && value !== undefined) return value;
  switch (kind) {
    case 'time':
      return Number.POSITIVE_INFINITY;
    case 'text':
      return '';
    case 'number':
      return 0;
    case 'other':
      return null;
    default:
      throw new TypeError(`Unknown kind of field: ${String(kind satisfies never)}`);
  }
}

function compareKeys(a: unknown, b: unknown, field: string): number {
  const areComparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  if (!areComparable) {
    throw invalid(`Cannot sort by '${field}' as its values have no order`, { field });
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function invalid(message: string, details: Record<string, unknown> = {}): LightningError {
  return new LightningError('INVALID_ARGUMENT', message, { details });
}
