/**
 * Upstream's server reads numbers leniently (`"2"` is an integer, so are `9.0` and `true`), truth likewise (`"yes"`, `1`), and nothing else: a
 * number where a text belongs is refused. JSON has one kind of number, so what is left to do is numbers and truth in disguise, and mixed lists in
 * span attributes.
 */
import { type SpanAttributeValue, spanAttributeValueSchema } from '@agentlightning/core';
import { z } from 'zod';

/**
 * A schema that accepts what `schema` accepts and, wherever a number or a boolean belongs, its text. Keys of `z.unknown()` must be
 * present. Parts that need no change stay the very same schema.
 */
export function laxSchema(schema: z.ZodType): z.ZodType {
  if (schema === spanAttributeValueSchema) return attributeValueSchema;
  if (schema instanceof z.ZodNumber) return z.preprocess(schema.isInt ? wholeInDisguise : numberInDisguise, schema);
  if (schema instanceof z.ZodBoolean) return z.preprocess(booleanInDisguise, schema);
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

/** `2`, `+1_000`, `9.0`, as pydantic reads an integer. */
const WHOLE_TEXT = /^[+-]?\d+(?:_\d+)*(?:\.0+)?$/;
/** `1.5`, `.5`, `1e3`, as pydantic reads a float. */
const NUMBER_TEXT = /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i;

function wholeInDisguise(value: unknown): unknown {
  return readNumber(value, WHOLE_TEXT);
}

function numberInDisguise(value: unknown): unknown {
  return readNumber(value, NUMBER_TEXT);
}

function readNumber(value: unknown, texts: RegExp): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return value;
  const text = value.trim();
  const number = texts.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
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
