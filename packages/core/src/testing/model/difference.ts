/** A timer notices a deadline a moment after it has passed, the model at once: times may differ by so much. */
const TIME_TOLERANCE_SECONDS = 0.005;

/**
 * Where two JSON-like values differ first, in words; `undefined` if they do not. A property that is `undefined` is the same as one that
 * is absent, and numbers under a key that ends in `Time` may differ by a moment.
 */
export function findDifference(actual: unknown, expected: unknown, key = 'value'): string | undefined {
  if (Object.is(actual, expected) || isSameTime(actual, expected, key)) return undefined;
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return `${key} is ${inspect(actual)} and should be ${inspect(expected)}`;
  }
  for (const name of Object.keys(expected)) {
    const difference = findDifference(actual[name], expected[name], name);
    if (difference !== undefined) return `${key}.${difference}`;
  }
  for (const name of Object.keys(actual)) {
    if (actual[name] !== undefined && !Object.hasOwn(expected, name)) {
      return `${key}.${name} is ${inspect(actual[name])} and should not be there`;
    }
  }
  return undefined;
}

function isSameTime(actual: unknown, expected: unknown, key: string): boolean {
  if (typeof actual !== 'number' || typeof expected !== 'number' || !key.endsWith('Time')) return false;
  return Math.abs(actual - expected) < TIME_TOLERANCE_SECONDS;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function inspect(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
