import { LightningError } from '../errors/lightning-error.ts';

/**
 * A copy of a JSON value from outside, so that a later change by the caller does not show through. Properties that are
 * `undefined` are left out and −0 is 0, as in JSON.
 *
 * @param path - how the value is called in the error, e.g. `input`
 * @throws LightningError `INVALID_ARGUMENT` naming the first part that is not JSON: a non-finite number, a function, a class
 * instance, a cycle
 */
export function copyJson(value: unknown, path: string): unknown {
  return copyChecked(value, path, []);
}

/** As {@link copyJson} for a value that was checked before: faster, and it never throws. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const clone: Record<string, unknown> = {};
  for (const key of Object.keys(value)) setOwn(clone, key, cloneJson((value as Record<string, unknown>)[key]));
  return clone as T;
}

function copyChecked(value: unknown, path: string, ancestors: object[]): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  // JSON has no −0.
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  if (typeof value !== 'object') throw notJson(path, typeof value === 'number' ? String(value) : typeof value);
  if (ancestors.includes(value)) throw notJson(path, 'a reference to an object that contains it');
  ancestors.push(value);
  const copy = Array.isArray(value) ? copyArray(value, path, ancestors) : copyObject(value, path, ancestors);
  ancestors.pop();
  return copy;
}

function copyArray(value: readonly unknown[], path: string, ancestors: object[]): unknown[] {
  return Array.from(value, (item, index) => copyChecked(item, `${path}[${index}]`, ancestors));
}

function copyObject(value: object, path: string, ancestors: object[]): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm (a vm context, a test runner) has an `Object.prototype` of its own.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notJson(path, `an instance of ${value.constructor?.name || 'a class'}`);
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item: unknown = value[key as keyof typeof value];
    if (item !== undefined) setOwn(copy, key, copyChecked(item, `${path}.${key}`, ancestors));
  }
  return copy;
}

/** Assignment to `__proto__` would change the prototype instead of adding a key. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function notJson(path: string, current: string): LightningError {
  return new LightningError(
    'INVALID_ARGUMENT',
    `Cannot store '${path}' as it must be a JSON value: current value is ${current}`,
    { details: { path } },
  );
}
