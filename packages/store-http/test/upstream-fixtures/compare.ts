/** Compares an answer with a recorded one, and remembers which id stands for which token. */

const TOKEN = /^<((?:rollout|attempt|resources)_\d+)>$/;
const TOKENS = /<(?:rollout|attempt|resources)_\d+>/g;
const DAY_SECONDS = 86_400;

/** Ids that the server made, by the token that stands for them in the recording. */
export class Tokens {
  readonly #values = new Map<string, string>();
  /** Keys that may be missing wherever they are expected. */
  readonly absentKeys: readonly string[];

  constructor(absentKeys: readonly string[] = []) {
    this.absentKeys = absentKeys;
  }

  /** The value of a token; the first time an expected answer shows it, `found` becomes its value if that is new. */
  bind(token: string, found: unknown): string | undefined {
    const known = this.#values.get(token);
    if (known !== undefined) return known;
    if (typeof found !== 'string' || [...this.#values.values()].includes(found)) return undefined;
    this.#values.set(token, found);
    return found;
  }

  /** `value` with every token replaced. @throws Error for a token that no answer has bound */
  fill<T>(value: T): T {
    if (typeof value === 'string') return value.replace(TOKENS, (token) => this.#valueOf(token)) as T;
    if (Array.isArray(value)) return value.map((item: unknown) => this.fill(item)) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)])) as T;
  }

  #valueOf(token: string): string {
    const value = this.#values.get(token);
    if (value === undefined) throw new Error(`No answer has bound ${token}`);
    return value;
  }
}

/** @returns every difference, as `path: what was expected and what came`; none when the answer is as recorded */
export function differences(expected: unknown, actual: unknown, tokens: Tokens, path = 'body'): string[] {
  if (typeof expected === 'string') return compareText(expected, actual, tokens, path);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [unlike(path, expected, actual)];
    const length = expected.length === actual.length ? [] : [unlike(`${path}.length`, expected.length, actual.length)];
    return [
      ...length,
      ...expected
        .slice(0, actual.length)
        .flatMap((item, index) => differences(item, actual[index], tokens, `${path}[${index}]`)),
    ];
  }
  if (expected === null || typeof expected !== 'object') {
    return Object.is(expected, actual) || expected === actual ? [] : [unlike(path, expected, actual)];
  }
  return compareObjects(expected as Record<string, unknown>, actual, tokens, path);
}

/** Additional keys are allowed, but for `attempt` on a rollout that has none: its presence says what kind of record it is. */
function compareObjects(expected: Record<string, unknown>, actual: unknown, tokens: Tokens, path: string): string[] {
  if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return [unlike(path, expected, actual)];
  const record = actual as Record<string, unknown>;
  const isRollout = Object.hasOwn(expected, 'rollout_id') && Object.hasOwn(expected, 'config');
  const hasAttempt = isRollout && !Object.hasOwn(expected, 'attempt') && Object.hasOwn(record, 'attempt');
  return [
    ...(hasAttempt ? [unlike(`${path}.attempt`, 'no such key', record['attempt'])] : []),
    ...Object.entries(expected).flatMap(([key, value]) => {
      if (Object.hasOwn(record, key)) return differences(value, record[key], tokens, `${path}.${key}`);
      return tokens.absentKeys.includes(key) ? [] : [unlike(`${path}.${key}`, value, 'no such key')];
    }),
  ];
}

function compareText(expected: string, actual: unknown, tokens: Tokens, path: string): string[] {
  if (TOKEN.test(expected)) {
    const bound = tokens.bind(expected, actual);
    return bound !== undefined && bound === actual
      ? []
      : [unlike(path, `${expected} = ${bound ?? 'a new id'}`, actual)];
  }
  if (isPlaceholderFor(expected, actual)) return [];
  return tokens.fill(expected) === actual ? [] : [unlike(path, expected, actual)];
}

/** Whether `expected` stands for values that no two recordings share, and `actual` is one of them. */
function isPlaceholderFor(expected: string, actual: unknown): boolean {
  switch (expected) {
    case '<time>':
      return typeof actual === 'number' && Math.abs(actual - Date.now() / 1000) < DAY_SECONDS;
    case '<seconds>':
    case '<bytes>':
      return typeof actual === 'number' && actual >= 0;
    case '<store_name>':
      return typeof actual === 'string';
    default:
      return false;
  }
}

function unlike(path: string, expected: unknown, actual: unknown): string {
  return `${path}: expected ${short(expected)}, got ${short(actual)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
