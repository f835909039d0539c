/**
 * The one place where case changes. Records are camelCase in TypeScript and snake_case on the wire, in files and in OTLP. Which
 * keys are record fields and which are user data is read off the zod schema: the fields of an object schema are renamed, everything
 * under `z.unknown()`, a `z.record()` key or a custom schema stays as it is.
 */
import { z } from 'zod';
import { toCamelCase, toSnakeCase } from './case.ts';

/** Converts one kind of record between its TypeScript form and its wire form. */
export interface RecordCodec<T> {
  /** Accepts the wire form; defaults are filled in. Its output still has snake_case keys. */
  readonly wireSchema: z.ZodType;
  /** TypeScript form → wire form. Copies what it renames and shares user data. */
  encode(record: T): unknown;
  /** Wire form, already accepted by `wireSchema`, → TypeScript form. */
  decode(wire: unknown): T;
  /**
   * Checks a value from outside and converts it.
   * @throws z.ZodError when it does not fit
   */
  parse(wire: unknown): T;
}

interface Translation {
  readonly wire: z.ZodType;
  /** `undefined`: the value is the same in both forms. */
  readonly encode?: (value: unknown) => unknown;
  readonly decode?: (value: unknown) => unknown;
}

const custom = new WeakMap<z.ZodType, Translation>();

/**
 * Declares how values of a schema that the codec cannot look into (class instances) are written.
 * @returns the same schema
 */
export function withWireForm<S extends z.ZodType>(
  schema: S,
  form: {
    readonly wireSchema: z.ZodType;
    encode(value: z.output<S>): unknown;
    decode(wire: unknown): z.output<S>;
  },
): S {
  custom.set(schema, {
    wire: form.wireSchema,
    encode: (value) => form.encode(value as z.output<S>),
    decode: (wire) => form.decode(wire),
  });
  return schema;
}

/** Derives the codec of a record from its camelCase schema. */
export function recordCodec<S extends z.ZodType>(schema: S): RecordCodec<z.output<S>> {
  const translation = translate(schema);
  const decode = (wire: unknown): z.output<S> => (translation.decode?.(wire) ?? wire) as z.output<S>;
  return {
    wireSchema: translation.wire,
    encode: (record) => translation.encode?.(record) ?? record,
    decode,
    parse: (wire) => decode(translation.wire.parse(wire)),
  };
}

function translate(schema: z.ZodType): Translation {
  const declared = custom.get(schema);
  if (declared !== undefined) return declared;
  if (schema instanceof z.ZodObject) return translateObject(schema);
  if (schema instanceof z.ZodArray) return translateArray(schema);
  if (schema instanceof z.ZodRecord) return translateRecord(schema);
  if (schema instanceof z.ZodNullable) return wrap(schema.unwrap() as z.ZodType, (inner) => inner.nullable());
  if (schema instanceof z.ZodOptional) return wrap(schema.unwrap() as z.ZodType, (inner) => inner.optional());
  if (schema instanceof z.ZodDefault) return translateDefault(schema);
  return { wire: schema };
}

function translateObject(schema: z.ZodObject): Translation {
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    name,
    wireName: toSnakeCase(name),
    ...translate(field as z.ZodType),
  }));
  const shape = Object.fromEntries(fields.map((field) => [field.wireName, field.wire]));
  const isLoose = schema.def.catchall !== undefined;
  const known = new Map(fields.flatMap((field) => [[field.name, field] as const]));
  const knownOnWire = new Map(fields.map((field) => [field.wireName, field] as const));
  return {
    wire: isLoose ? z.looseObject(shape) : z.object(shape),
    encode(value) {
      const source = value as Record<string, unknown>;
      const target: Record<string, unknown> = {};
      for (const field of fields) {
        const item = source[field.name];
        if (item !== undefined) target[field.wireName] = field.encode === undefined ? item : field.encode(item);
      }
      if (isLoose) copyExtras(source, target, known, toSnakeCase);
      return target;
    },
    decode(value) {
      const source = value as Record<string, unknown>;
      const target: Record<string, unknown> = {};
      for (const field of fields) {
        const item = source[field.wireName];
        if (item !== undefined) target[field.name] = field.decode === undefined ? item : field.decode(item);
      }
      if (isLoose) copyExtras(source, target, knownOnWire, toCamelCase);
      return target;
    },
  };
}

/** Extra keys of loose records are somebody else's: they keep their name, unless that would shadow a field. */
function copyExtras(
  source: Record<string, unknown>,
  target: Record<string, unknown>,
  known: ReadonlyMap<string, unknown>,
  rename: (name: string) => string,
): void {
  for (const key of Object.keys(source)) {
    if (!known.has(key) && !Object.hasOwn(target, key) && !Object.hasOwn(target, rename(key)) && key !== '__proto__') {
      target[key] = source[key];
    }
  }
}

function translateArray(schema: z.ZodArray): Translation {
  const item = translate(schema.element as z.ZodType);
  const { encode, decode } = item;
  if (encode === undefined || decode === undefined) return { wire: schema };
  return {
    wire: z.array(item.wire),
    encode: (value) => (value as unknown[]).map(encode),
    decode: (value) => (value as unknown[]).map(decode),
  };
}

function translateRecord(schema: z.ZodRecord): Translation {
  const item = translate(schema.valueType as z.ZodType);
  const { encode, decode } = item;
  if (encode === undefined || decode === undefined) return { wire: schema };
  const map = (value: unknown, change: (item: unknown) => unknown): unknown =>
    Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, change(entry)]));
  return {
    wire: z.record(z.string(), item.wire),
    encode: (value) => map(value, encode),
    decode: (value) => map(value, decode),
  };
}

function wrap(inner: z.ZodType, around: (wire: z.ZodType) => z.ZodType): Translation {
  const item = translate(inner);
  const { encode, decode } = item;
  if (encode === undefined || decode === undefined) return { wire: around(item.wire) };
  return {
    wire: around(item.wire),
    encode: (value) => (value === null || value === undefined ? value : encode(value)),
    decode: (value) => (value === null || value === undefined ? value : decode(value)),
  };
}

function translateDefault(schema: z.ZodDefault): Translation {
  const item = translate(schema.unwrap() as z.ZodType);
  const fallback = (): unknown => {
    const value = schema.def.defaultValue;
    return item.encode === undefined ? value : item.encode(value);
  };
  return { ...item, wire: item.wire.default(fallback as () => never) };
}
