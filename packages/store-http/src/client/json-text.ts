import { LightningError, MAX_JSON_DEPTH } from '@agentlightning/core';

/**
 * The JSON text of a request body. Properties that are `undefined` are left out.
 * @throws LightningError `INVALID_ARGUMENT` naming the first part that JSON cannot hold, which `JSON.stringify` would change in silence:
 * a non-finite number, a function, a class instance, a cycle, nesting that the server would refuse
 */
export function jsonText(body: unknown): string {
  checkJson(body);
  return JSON.stringify(body);
}

/** @throws LightningError as {@link jsonText} */
export function checkJson(body: unknown): void {
  const problem = problemIn(body, []);
  if (problem === undefined) return;
  const path = problem.path.replace(/^\./, '');
  throw new LightningError(
    'INVALID_ARGUMENT',
    `Cannot send '${path}' as it must be a JSON value: current value is ${problem.current}`,
    { details: { path } },
  );
}

interface Problem {
  readonly path: string;
  readonly current: string;
}

/** The path grows on the way back, so that the usual case, no problem, builds none. */
function problemIn(value: unknown, ancestors: object[]): Problem | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path: '', current: String(value) };
  if (typeof value !== 'object') return { path: '', current: typeof value };
  if (ancestors.includes(value)) return { path: '', current: 'a reference to an object that contains it' };
  if (ancestors.length === MAX_JSON_DEPTH) return { path: '', current: `nested deeper than ${MAX_JSON_DEPTH} levels` };
  ancestors.push(value);
  const problem = Array.isArray(value) ? problemInArray(value, ancestors) : problemInObject(value, ancestors);
  ancestors.pop();
  return problem;
}

function problemInArray(items: readonly unknown[], ancestors: object[]): Problem | undefined {
  for (let index = 0; index < items.length; index++) {
    const problem = problemIn(items[index], ancestors);
    if (problem !== undefined) return { ...problem, path: `[${index}]${problem.path}` };
  }
  return undefined;
}

function problemInObject(value: object, ancestors: object[]): Problem | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has an `Object.prototype` of its own.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return { path: '', current: `an instance of ${value.constructor?.name || 'a class'}` };
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    const problem = item === undefined ? undefined : problemIn(item, ancestors);
    if (problem !== undefined && Object.hasOwn(value, key)) return { ...problem, path: `.${key}${problem.path}` };
  }
  return undefined;
}
