/** The filters, order and paging of the query routes. The names are the same in a query string and in a search body. */
import {
  type AttemptQuery,
  attemptCodec,
  attemptSchema,
  LightningError,
  type RecordCodec,
  type ResourcesQuery,
  type RolloutQuery,
  type RolloutSortField,
  resourcesUpdateCodec,
  resourcesUpdateSchema,
  rolloutCodec,
  rolloutModeSchema,
  rolloutSchema,
  rolloutStatusSchema,
  type SpanQuery,
  spanCodec,
  spanSchema,
  type WorkerQuery,
  withWireForm,
  workerCodec,
  workerSchema,
  workerStatusSchema,
} from '@agentlightning/core';
import { z } from 'zod';
import type { Codec } from '../operation.ts';
import { requestCodec, withoutNulls } from './codecs.ts';

const text = z.string().nullable().optional();
const filterLogic = z.enum(['and', 'or']).default('and');

const limit = withWireForm(z.number().int(), {
  wireSchema: z.number().int(),
  encode: (value) => value,
  decode: (value) =>
    checked(value as number, (n) => n === -1 || n > 0, 'Limit must be greater than 0 or -1 for no limit'),
});

const offset = withWireForm(z.number().int(), {
  wireSchema: z.number().int(),
  encode: (value) => value,
  decode: (value) => checked(value as number, (n) => n >= 0, 'Offset must be greater than or equal to 0'),
});

/** By what else rollouts can be sorted than their fields; the same names on the wire. */
const ADDED_SORT_FIELDS: readonly RolloutSortField[] = ['attempts', 'duration'];

/** Fields of one kind of record by which a query can be sorted, checked only after the whole request has the right shape. */
function sortBy<T>(schema: z.ZodObject, codec: RecordCodec<T>, added: readonly string[] = []) {
  const names = [...Object.keys(schema.shape), ...added];
  const wireNames = [...Object.keys((codec.wireSchema as z.ZodObject).shape), ...added];
  return withWireForm(z.string(), {
    wireSchema: z.string(),
    encode: (name) => wireNames[names.indexOf(name)] ?? name,
    decode: (wire) => {
      const name = names[wireNames.indexOf(wire as string)];
      if (name !== undefined) return name;
      throw new LightningError(
        'INVALID_ARGUMENT',
        `Invalid sort_by: ${String(wire)}, allowed fields are: ${wireNames.filter(isUpstreams).join(', ')}`,
      );
    },
  })
    .nullable()
    .optional();
}

/** The message is upstream's to the letter; our additions can be sorted by and are not among those it names. */
function isUpstreams(wireName: string): boolean {
  return !['priority', ...ADDED_SORT_FIELDS].includes(wireName);
}

function checked(value: number, isValid: (value: number) => boolean, message: string): number {
  if (!isValid(value)) throw new LightningError('INVALID_ARGUMENT', message);
  return value;
}

const paging = {
  sortOrder: z.enum(['asc', 'desc']).default('asc'),
  limit: limit.default(-1),
  offset: offset.default(0),
};

const rolloutQuerySchema = z.object({
  statusIn: z.array(rolloutStatusSchema).nullable().optional(),
  rolloutIdIn: z.array(z.string()).nullable().optional(),
  rolloutIdContains: text,
  modeIn: z.array(rolloutModeSchema).nullable().optional(),
  resourcesIdIn: z.array(z.string()).nullable().optional(),
  metadataIn: z.array(z.string()).nullable().optional(),
  errorContains: text,
  filterLogic,
  sortBy: sortBy(rolloutSchema, rolloutCodec, ADDED_SORT_FIELDS),
  ...paging,
});

const attemptQuerySchema = z.object({ sortBy: sortBy(attemptSchema, attemptCodec), ...paging });

const workerQuerySchema = z.object({
  statusIn: z.array(workerStatusSchema).nullable().optional(),
  workerIdContains: text,
  filterLogic,
  sortBy: sortBy(workerSchema, workerCodec),
  ...paging,
});

const resourcesQuerySchema = z.object({
  resourcesId: text,
  resourcesIdContains: text,
  sortBy: sortBy(resourcesUpdateSchema, resourcesUpdateCodec),
  ...paging,
});

const spanQuerySchema = z.object({
  rolloutId: z.string(),
  attemptId: text,
  traceId: text,
  traceIdContains: text,
  spanId: text,
  spanIdContains: text,
  parentId: text,
  parentIdContains: text,
  name: text,
  nameContains: text,
  filterLogic,
  sortBy: sortBy(spanSchema, spanCodec),
  ...paging,
});

/** Search body of rollouts. */
export const rolloutQueryCodec = withoutNulls(requestCodec<RolloutQuery>(rolloutQuerySchema));
/** Search body of attempts. */
export const attemptQueryCodec = withoutNulls(requestCodec<AttemptQuery>(attemptQuerySchema));
/** Search body of workers. */
export const workerQueryCodec = withoutNulls(requestCodec<WorkerQuery>(workerQuerySchema));
/** Query string of resources. */
export const resourcesQueryCodec = withoutNulls(requestCodec<ResourcesQuery>(resourcesQuerySchema));
/** Search body of spans; here `sort_by: null` has a meaning of its own, the order of storage. */
export const spanQueryCodec = withoutNulls(requestCodec<SpanQuery>(spanQuerySchema), ['sortBy']);

/**
 * The same query in a query string: a list is a repeated key, also when it occurs once; of another key that is repeated the last
 * counts. Keys that are absent or `null` are not written.
 */
export function inQueryString<T>(codec: Codec<T>): Codec<T> {
  return {
    encode: (query) =>
      Object.fromEntries(Object.entries(codec.encode(query) as object).filter(([, value]) => value !== null)),
    parse: (wire) =>
      codec.parse(
        Object.fromEntries(
          Object.entries(wire as object).map(([key, value]: [string, string | string[]]) => [
            key,
            key.endsWith('_in') ? [value].flat() : Array.isArray(value) ? value.at(-1) : value,
          ]),
        ),
      ),
  };
}
