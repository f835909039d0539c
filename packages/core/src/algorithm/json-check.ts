import { Buffer } from 'node:buffer';
import type { Json } from './json.ts';

/** Deeper nesting is refused: `JSON.stringify` and `structuredClone` fail at depths that `JSON.parse` accepts. */
export const MAX_JSON_DEPTH = 100;

/** What to insist on besides. */
export interface JsonCheckOptions {
  /** Longest JSON text that is accepted, in bytes of UTF-8. Default: no limit. */
  readonly maxBytes?: number;
}

/**
 * Refuses what does not survive JSON unchanged: `NaN`, infinities, −0, `undefined` (as a value or a hole), bigints, symbols, functions, `Date`, `Map` and
 * other instances of classes, getters that throw, cycles, keys named `__proto__`, and nesting beyond {@link MAX_JSON_DEPTH}.
 *
 * @param where - what the value is, as the beginning of a message: `Result of step "r1/critique"`
 * @throws TypeError naming the place: *Result of step "x" is not JSON as $.best.score is -Infinity*; RangeError when it is too long
 */
export function assertJson(value: unknown, where: string, options: JsonCheckOptions = {}): asserts value is Json {
  const problem = findNonJson(value);
  if (problem !== undefined) throw new TypeError(`${where} is not JSON as ${problem}`);
  const { maxBytes } = options;
  if (maxBytes === undefined) return;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > maxBytes) throw new RangeError(`${where} must have at most ${maxBytes} bytes as JSON: it has ${bytes}`);
}

/** The first thing that {@link assertJson} refuses, `$.best.score is -Infinity`; `undefined` when there is none. */
export function findNonJson(value: unknown): string | undefined {
  return visit(value, '$', new Set());
}

function visit(value: unknown, path: string, ancestors: Set<object>): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? undefined : `${path} is ${showNumber(value)}`;
    case 'object':
      return value === null ? undefined : visitObject(value, path, ancestors);
    case 'undefined':
      return `${path} is undefined`;
    case 'bigint':
    case 'function':
    case 'symbol':
      return `${path} is a ${typeof value}`;
  }
}

function visitObject(value: object, path: string, ancestors: Set<object>): string | undefined {
  if (ancestors.has(value)) return `${path} contains itself`;
  if (ancestors.size >= MAX_JSON_DEPTH) return `${path} is nested deeper than ${MAX_JSON_DEPTH} levels`;
  ancestors.add(value);
  const problem = Array.isArray(value) ? visitArray(value, path, ancestors) : visitFields(value, path, ancestors);
  ancestors.delete(value);
  return problem;
}

function visitArray(items: readonly unknown[], path: string, ancestors: Set<object>): string | undefined {
  for (let index = 0; index < items.length; index++) {
    const problem = visit(items[index], `${path}[${index}]`, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function visitFields(value: object, path: string, ancestors: Set<object>): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has another Object.prototype, which like ours has no prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return `${path} is ${describeInstance(value)}`;
  for (const key of Object.keys(value)) {
    const place = `${path}${/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`;
    if (key === '__proto__') return `${place} has the name of the prototype`;
    let item: unknown;
    try {
      item = (value as Record<string, unknown>)[key];
    } catch {
      // What a getter throws is its own affair; that it does is enough.
      return `${place} cannot be read`;
    }
    const problem = visit(item, place, ancestors);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function describeInstance(value: object): string {
  const name = value.constructor?.name;
  return name === undefined || name === '' ? 'an instance of a class' : `an instance of ${name}`;
}

function showNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
