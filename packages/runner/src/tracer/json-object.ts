/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object and no array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value, or `undefined` when `text` is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What does not parse is recorded as such by the caller; there is nothing else to know.
    return undefined;
  }
}
