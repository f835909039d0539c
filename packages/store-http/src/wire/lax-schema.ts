/**
 * Upstream's server reads numbers leniently (`"2"` is an integer, so are `9.0` and `true`), and only numbers: a number where a text
 * belongs is refused. JSON has one kind of number, so what is left to do is numbers in disguise, and mixed lists in span attributes.
 */
import { type SpanAttributeValue, spanAttributeValueSchema } from '@agentlightning/core';
import { z } from 'zod';

/**
 * A schema that accepts what `schema` accepts and, wherever a number belongs, its decimal text. Keys of `z.unknown()` must be
 * present. Parts that need no change stay the very same schema.
 */
export function laxSchema(schema: z.ZodType): z.ZodType {
  if (schema === spanAttributeValueSchema) return attributeValueSchema;
  if (schema instanceof z.ZodNumber) return z.preprocess(numberInDisguise, schema);
  if (schema instanceof z.ZodObject) return laxObject(schema);
  if (schema instanceof z.ZodArray) {
    return rebuilt(schema.element as z.ZodType, schema, (element) => z.array(element));
  }
  if (schema instanceof z.ZodRecord) {
    return rebuilt(schema.valueType as z.ZodType, schema, (value) => z.record(z.string(), value));
  }
  if (schema instanceof z.ZodNullable) {
    return rebuilt(schema.unwrap() as z.ZodType, schema, (inner) => inner.nullable());
  }
  if (schema instanceof z.ZodOptional) {
    return rebuilt(schema.unwrap() as z.ZodType, schema, (inner) => inner.optional());
  }
  if (schema instanceof z.ZodDefault) {
    return rebuilt(schema.unwrap() as z.ZodType, schema, (inner) =>
      inner.default((() => schema.def.defaultValue) as () => never),
    );
  }
  return schema;
}

function laxObject(schema: z.ZodObject): z.ZodType {
  const shape = Object.entries(schema.shape).map(
    ([key, field]) =>
      [key, field instanceof z.ZodUnknown ? presentValueSchema : laxSchema(field as z.ZodType)] as const,
  );
  if (shape.every(([key, field]) => schema.shape[key] === field)) return schema;
  const object = Object.fromEntries(shape);
  return schema.def.catchall === undefined ? z.object(object) : z.looseObject(object);
}

function rebuilt(inner: z.ZodType, outer: z.ZodType, rebuild: (inner: z.ZodType) => z.ZodType): z.ZodType {
  const lax = laxSchema(inner);
  return lax === inner ? outer : rebuild(lax);
}

function numberInDisguise(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return value;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : value;
}

/** JSON cannot say `undefined`, so this is "the key is there". */
const presentValueSchema = z.custom<unknown>((value) => value !== undefined, 'Required');

const BOOLEANS_IN_DISGUISE: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...[1, '1', 't', 'true', 'y', 'yes', 'on'].map((value) => [value, true] as const),
  ...[0, '0', 'f', 'false', 'n', 'no', 'off'].map((value) => [value, false] as const),
]);

function booleanInDisguise(value: unknown): unknown {
  return BOOLEANS_IN_DISGUISE.get(typeof value === 'string' ? value.toLowerCase() : value) ?? value;
}

/** A list of mixed kinds becomes the first of text, boolean and number lists that fits all of its items. */
const attributeValueSchema = z.union([
  spanAttributeValueSchema,
  z.array(z.preprocess(booleanInDisguise, z.boolean())),
  z.array(z.preprocess(numberInDisguise, z.number())),
]);

/** A value as a span's attributes hold it; `undefined` if they cannot: `null`, an object, NaN, a list that fits no one kind. */
export function spanAttributeOf(value: unknown): SpanAttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return attributeValueSchema.safeParse(value).data;
}
