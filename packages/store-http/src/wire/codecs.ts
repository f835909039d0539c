/** Building blocks of the operation table: how requests and replies are put together from core's records. */
import { LightningError, Page, type RecordCodec, recordCodec } from '@agentlightning/core';
import { z } from 'zod';
import type { Codec } from '../operation.ts';
import { laxSchema } from './lax-schema.ts';

/**
 * Reads and writes what a client sends.
 * @typeParam T - the contract's own type, which the schema describes
 */
export function requestCodec<T>(schema: z.ZodType): Codec<T> {
  return laxCodec(recordCodec(schema) as RecordCodec<T>);
}

/** A codec of core, reading numbers as leniently as upstream's server does. What needs no leniency is read without. */
export function laxCodec<T>(codec: RecordCodec<T>): Codec<T> {
  const wireSchema = laxSchema(codec.wireSchema);
  return {
    encode: (value) => codec.encode(value),
    parse: (wire) => codec.tryParse(wire) ?? codec.decode(wireSchema.parse(wire)),
  };
}

/** A body that may be absent or `null`; both are read as `{}`. */
export function optionalBody<T>(codec: Codec<T>): Codec<T> {
  return { encode: (value) => codec.encode(value), parse: (wire) => codec.parse(wire ?? {}) };
}

/**
 * Refuses `null` for the given keys of a patch: they can be left alone or replaced, not emptied.
 * @param keys - snake_case
 */
export function refuseNull<T>(codec: Codec<T>, keys: readonly string[]): Codec<T> {
  return {
    encode: (value) => codec.encode(value),
    parse(wire) {
      const parsed = codec.parse(wire);
      for (const key of keys) {
        if ((wire as Record<string, unknown> | null | undefined)?.[key] === null) {
          throw new LightningError('INVALID_ARGUMENT', `${key} is invalid; it cannot be a null value.`);
        }
      }
      return parsed;
    },
  };
}

/** Drops keys that are `null`: absent and `null` mean the same in a query. */
export function withoutNulls<T>(codec: Codec<T>, keep: readonly string[] = []): Codec<T> {
  return {
    encode: (value) => codec.encode(value),
    parse: (wire) =>
      Object.fromEntries(
        Object.entries(codec.parse(wire) as object).filter(([key, value]) => value !== null || keep.includes(key)),
      ) as T,
  };
}

/** `undefined` ↔ `null`. */
export function orNull<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    encode: (value) => (value === undefined ? null : codec.encode(value)),
    parse: (wire) => (wire === null ? undefined : codec.parse(wire)),
  };
}

/** A JSON array. */
export function listOf<T>(codec: Codec<T>): Codec<T[]> {
  return {
    encode: (items) => items.map((item) => codec.encode(item)),
    parse: (wire) => listSchema.parse(wire).map((item) => codec.parse(item)),
  };
}

/** Upstream's page envelope. */
export function pageOf<T>(codec: Codec<T>): Codec<Page<T>> {
  return {
    encode: (page) => ({
      items: page.items.map((item) => codec.encode(item)),
      limit: page.limit,
      offset: page.offset,
      total: page.total,
      // An addition, and one that upstream's readers need not see on every page.
      ...(page.evicted ? { evicted: true } : {}),
    }),
    parse(wire) {
      const { items, ...paging } = pageSchema.parse(wire);
      return new Page(
        items.map((item) => codec.parse(item)),
        paging,
      );
    },
  };
}

const listSchema = z.array(z.unknown());
const pageSchema = z.object({
  items: z.array(z.unknown()),
  limit: z.number().int(),
  offset: z.number().int(),
  total: z.number().int(),
  evicted: z.boolean().default(false),
});
