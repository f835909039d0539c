/**
 * Reads the wire form of a record in one pass: checks, changes case and copies, where zod and the codec behind it make four passes and as many copies. A
 * reader only ever says yes. What it does not know for certain to be right is `UNSURE`, and then zod looks, whose errors are those that
 * callers see. So both agree, and a test holds them to it.
 */
import { z } from 'zod';

/** "Let zod look." */
export const UNSURE = Symbol('unsure');

/** The TypeScript form of a wire value, or {@link UNSURE}. The value shares nothing with the wire but user data, as what zod makes of it. */
export type QuickRead = (wire: unknown) => unknown;

/** Of a part that only zod understands. */
export const neverSure: QuickRead = () => UNSURE;

/** A reader for a value that is the same in both forms. */
export function quickLeaf(schema: z.ZodType): QuickRead {
  if (schema instanceof z.ZodNumber) return quickNumber(schema);
  if (schema instanceof z.ZodUnion) return quickUnion(schema);
  // Anything may be checked besides, say a text's length.
  if ((schema.def.checks ?? []).length > 0) return (wire) => (schema.safeParse(wire).success ? wire : UNSURE);
  if (schema instanceof z.ZodString) return (wire) => (typeof wire === 'string' ? wire : UNSURE);
  if (schema instanceof z.ZodBoolean) return (wire) => (typeof wire === 'boolean' ? wire : UNSURE);
  if (schema instanceof z.ZodUnknown) return (wire) => (wire === undefined ? UNSURE : wire);
  if (schema instanceof z.ZodEnum) {
    const words = new Set<unknown>(schema.options);
    return (wire) => (words.has(wire) ? wire : UNSURE);
  }
  return neverSure;
}

/** @param readItem - reads each item */
export function quickArray(schema: z.ZodArray, readItem: QuickRead): QuickRead {
  if ((schema.def.checks ?? []).length > 0) return neverSure;
  return (wire) => {
    if (!Array.isArray(wire)) return UNSURE;
    const items: unknown[] = [];
    for (let index = 0; index < wire.length; index += 1) {
      const item = readItem(wire[index]);
      if (item === UNSURE) return UNSURE;
      items.push(item);
    }
    return items;
  };
}

/** @param readEntry - reads each value; keys are user data */
export function quickRecord(schema: z.ZodRecord, readEntry: QuickRead): QuickRead {
  const { keyType, checks = [] } = schema.def;
  const takesAnyKey = keyType instanceof z.ZodString && (keyType.def.checks ?? []).length === 0;
  if (checks.length > 0 || !takesAnyKey) return neverSure;
  return (wire) => {
    if (!isPlainObject(wire)) return UNSURE;
    const entries: Record<string, unknown> = {};
    for (const key in wire) {
      // Assigned, `__proto__` would be the prototype; zod drops it. What is inherited is somebody's mistake with all objects.
      if (key === '__proto__' || !Object.hasOwn(wire, key)) return UNSURE;
      const entry = readEntry(wire[key]);
      if (entry === UNSURE) return UNSURE;
      entries[key] = entry;
    }
    return entries;
  };
}

/** An object that JSON can be read to. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function quickNumber(schema: z.ZodNumber): QuickRead {
  const checks = schema.def.checks ?? [];
  if (checks.length === 0) return (wire) => (Number.isFinite(wire) ? wire : UNSURE);
  const isWhole = checks.length === 1 && schema.format === 'safeint';
  if (isWhole) return (wire) => (Number.isSafeInteger(wire) ? wire : UNSURE);
  return (wire) => (typeof wire === 'number' && schema.safeParse(wire).success ? wire : UNSURE);
}

/** The first option that fits counts, so all must be so simple that `UNSURE` means no. */
function quickUnion(schema: z.ZodUnion): QuickRead {
  const options = schema.options as readonly z.ZodType[];
  if ((schema.def.checks ?? []).length > 0 || !options.every(isSimple)) return neverSure;
  const scalars = options.filter((option) => !(option instanceof z.ZodArray)).map(quickLeaf);
  const lists = options
    .filter((option) => option instanceof z.ZodArray)
    .map((list) => quickArray(list, quickLeaf(list.element as z.ZodType)));
  return (wire) => {
    for (const read of typeof wire === 'object' ? lists : scalars) {
      const value = read(wire);
      if (value !== UNSURE) return value;
    }
    return UNSURE;
  };
}

function isSimple(schema: z.ZodType): boolean {
  if ((schema.def.checks ?? []).length > 0) return false;
  if (schema instanceof z.ZodArray)
    return !(schema.element instanceof z.ZodArray) && isSimple(schema.element as z.ZodType);
  return schema instanceof z.ZodString || schema instanceof z.ZodBoolean || schema instanceof z.ZodNumber;
}
