import { createHash } from 'node:crypto';
import type { Json } from './json.ts';
import { assertJson } from './json-check.ts';

/**
 * JSON text that is the same for equal values: keys sorted by UTF-16 code units, no spaces.
 * @throws TypeError for what is not JSON, see `assertJson()`
 */
export function canonicalJson(value: Json): string {
  assertJson(value, 'Value');
  return write(value);
}

/**
 * Identifies a JSON value whatever the order of its keys: sha256 of {@link canonicalJson}, 64 hex digits.
 * @throws TypeError for what is not JSON, see `assertJson()`
 */
export function canonicalHash(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function write(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(write).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key]!)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
