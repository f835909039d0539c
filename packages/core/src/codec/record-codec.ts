/**
 * The one place where case changes. Records are camelCase in TypeScript and snake_case on the wire, in files and in
 * OTLP. Which keys are record fields and which are user data is read off the zod schema: the fields of an object schema
 * are renamed, everything under `z.unknown()`, a `z.record()` key or a custom schema stays as it is.
 */
import { z } from 'zod';
import { toSnakeCase } from './case.ts';
import { compileFields } from './compile-fields.ts';
import { isPlainObject, neverSure, type QuickRead, quickArray, quickLeaf, quickRecord, UNSURE } from './quick-read.ts';

/** Converts one kind of record between its TypeScript form and its wire form. */
export interface RecordCodec<T> {
  /** Accepts the wire form; defaults are filled in. Its output still has snake_case keys. */
  readonly wireSchema: z.ZodType;
  /** TypeScript form → wire form. Copies what it renames and shares user data. */
  encode(record: T): unknown;
  /** Wire form, already accepted by `wireSchema`, → TypeScript form. */
  decode(wire: unknown): T;
  /** What {@link parse} answers, at a fraction of its price, or `undefined` where only zod can tell: it may fit or not. */
  tryParse(wire: unknown): T | undefined;
  /**
   * Checks a value from outside and converts it.
   * @throws z.ZodError when it does not fit
   */
  parse(wire: unknown): T;
}

interface Translation {
  readonly wire: z.ZodType;
  readonly read: QuickRead;
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
    // What it refuses it may only refuse once everything else is known to be right.
    read: neverSure,
    encode: (value) => form.encode(value as z.output<S>),
    decode: (wire) => form.decode(wire),
  });
  return schema;
}

/** Derives the codec of a record from its camelCase schema. */
export function recordCodec<S extends z.ZodType>(schema: S): RecordCodec<z.output<S>> {
  const translation = translate(schema);
  const decode = (wire: unknown): z.output<S> => (translation.decode?.(wire) ?? wire) as z.output<S>;
  const tryParse = (wire: unknown): z.output<S> | undefined => {
    const record = translation.read(wire);
    return record === UNSURE ? undefined : (record as z.output<S>);
  };
  return {
    wireSchema: translation.wire,
    encode: (record) => translation.encode?.(record) ?? record,
    decode,
    tryParse,
    parse: (wire) => tryParse(wire) ?? decode(translation.wire.parse(wire)),
  };
}

function translate(schema: z.ZodType): Translation {
  const declared = custom.get(schema);
  if (declared !== undefined) return declared;
  if (schema instanceof z.ZodObject) return translateObject(schema);
  if (schema instanceof z.ZodArray) return translateArray(schema);
  if (schema instanceof z.ZodRecord) return translateRecord(schema);
  if (schema instanceof z.ZodNullable) return wrap(schema.unwrap() as z.ZodType, null, (inner) => inner.nullable());
  if (schema instanceof z.ZodOptional)
    return wrap(schema.unwrap() as z.ZodType, undefined, (inner) => inner.optional());
  if (schema instanceof z.ZodDefault) return translateDefault(schema);
  if (schema instanceof z.ZodUnion) return translateUnion(schema);
  if (LEAVES.some((leaf) => schema instanceof leaf)) return { wire: schema, read: quickLeaf(schema) };
  throw new TypeError(`Cannot derive a wire form as the schema has a part of type '${schema.def.type}'`);
}

/** Values that are the same in both forms. */
const LEAVES = [
  z.ZodString,
  z.ZodNumber,
  z.ZodBoolean,
  z.ZodEnum,
  z.ZodLiteral,
  z.ZodNull,
  z.ZodUnknown,
  z.ZodAny,
  z.ZodCustom,
];

function translateObject(schema: z.ZodObject): Translation {
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    name,
    wireName: toSnakeCase(name),
    ...translate(field as z.ZodType),
  }));
  const shape = Object.fromEntries(fields.map((field) => [field.wireName, field.wire]));
  const isLoose = schema.def.catchall !== undefined;
  const names = new Set(fields.flatMap(({ name, wireName }) => [name, wireName]));
  const addExtras = isLoose
    ? (source: object, target: Record<string, unknown>): void => copyExtras(source, target, names)
    : undefined;
  const write = once(() =>
    compileFields(
      fields.map(({ name, wireName, encode }) => ({
        from: name,
        to: wireName,
        convert: encode && ((value) => (value === undefined ? undefined : encode(value))),
      })),
      addExtras,
    ),
  );
  return {
    wire: isLoose ? z.looseObject(shape) : z.object(shape),
    read: quickObject(schema, fields, addExtras),
    encode(value) {
      const source = value as Record<string, unknown>;
      const compiled = write();
      if (compiled !== undefined) return compiled(source);
      const target: Record<string, unknown> = {};
      for (const field of fields) {
        const item = source[field.name];
        if (item !== undefined) target[field.wireName] = field.encode === undefined ? item : field.encode(item);
      }
      if (isLoose) copyExtras(source, target, names);
      return target;
    },
    decode(value) {
      const source = value as Record<string, unknown>;
      const target: Record<string, unknown> = {};
      for (const field of fields) {
        const item = source[field.wireName];
        if (item !== undefined) target[field.name] = field.decode === undefined ? item : field.decode(item);
      }
      if (isLoose) copyExtras(source, target, names);
      return target;
    },
  };
}

function quickObject(
  schema: z.ZodObject,
  fields: readonly { readonly name: string; readonly wireName: string; readonly read: QuickRead }[],
  addExtras: ((source: object, target: Record<string, unknown>) => void) | undefined,
): QuickRead {
  const { checks = [], catchall } = schema.def;
  if (checks.length > 0 || (catchall !== undefined && !(catchall instanceof z.ZodUnknown))) return neverSure;
  const move = once(() =>
    compileFields(
      fields.map(({ name, wireName, read }) => ({ from: wireName, to: name, convert: read })),
      addExtras,
    ),
  );
  return (wire) => (isPlainObject(wire) ? (move() ?? neverSure)(wire) : UNSURE);
}

/** What `make` makes, made when it is first asked for: most threads write and read few kinds of records. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * Extra keys of loose records are somebody else's: they keep their name. One that is the name of a field in either form
 * is left out, so that it cannot pass for the field on the other side.
 */
function copyExtras(source: object, target: Record<string, unknown>, fieldNames: ReadonlySet<string>): void {
  for (const [key, value] of Object.entries(source)) {
    if (!fieldNames.has(key) && key !== '__proto__') target[key] = value;
  }
}

/** A union is a leaf: which of several records a value is could only be guessed. */
function translateUnion(schema: z.ZodUnion): Translation {
  const isLeaf = schema.options.every((option) => translate(option as z.ZodType).encode === undefined);
  if (isLeaf) return { wire: schema, read: quickLeaf(schema) };
  throw new TypeError('Cannot derive a wire form as the schema has a union with records in it');
}

function translateArray(schema: z.ZodArray): Translation {
  const item = translate(schema.element as z.ZodType);
  const { encode, decode } = item;
  const read = quickArray(schema, item.read);
  if (encode === undefined || decode === undefined) return { wire: schema, read };
  return {
    wire: z.array(item.wire),
    read,
    encode: (value) => (value as unknown[]).map(encode),
    decode: (value) => (value as unknown[]).map(decode),
  };
}

function translateRecord(schema: z.ZodRecord): Translation {
  const item = translate(schema.valueType as z.ZodType);
  const { encode, decode } = item;
  const read = quickRecord(schema, item.read);
  if (encode === undefined || decode === undefined) return { wire: schema, read };
  const map = (value: unknown, change: (item: unknown) => unknown): unknown =>
    Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, change(entry)]));
  return {
    wire: z.record(z.string(), item.wire),
    read,
    encode: (value) => map(value, encode),
    decode: (value) => map(value, decode),
  };
}

function wrap(inner: z.ZodType, empty: null | undefined, around: (wire: z.ZodType) => z.ZodType): Translation {
  const item = translate(inner);
  const { encode, decode } = item;
  const read: QuickRead = (wire) => (wire === empty ? empty : item.read(wire));
  if (encode === undefined || decode === undefined) return { wire: around(item.wire), read };
  return {
    wire: around(item.wire),
    read,
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
  const read: QuickRead = (wire) => (wire === undefined ? schema.def.defaultValue : item.read(wire));
  return { ...item, wire: item.wire.default(fallback as () => never), read };
}
