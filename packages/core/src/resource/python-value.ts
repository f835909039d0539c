import { formatPythonFloat } from './python-float.ts';
import { TemplateError } from './template-error.ts';

/** A JavaScript value as Python sees it. Nested values are classified when they are reached. */
export type PythonValue =
  | { readonly type: 'NoneType' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'str'; readonly value: string }
  | { readonly type: 'list'; readonly value: readonly unknown[] }
  | { readonly type: 'dict'; readonly value: Readonly<Record<string, unknown>> };

/**
 * Tells which Python value a JavaScript one stands for.
 *
 * `null` and `undefined` are `None`, arrays lists, other objects dicts of their own enumerable properties, bigints ints. JavaScript
 * cannot tell 1 from 1.0: a number without a fraction is an int, and a float when it has one, is not finite, is -0, or lies past 2^53,
 * where its last digits mean nothing.
 *
 * @throws TemplateError `unsupported-value` for functions, symbols, and objects that keep their content elsewhere (`Date`, `Map`, …).
 */
export function toPythonValue(value: unknown): PythonValue {
  switch (typeof value) {
    case 'undefined':
      return { type: 'NoneType' };
    case 'boolean':
      return { type: 'bool', value };
    case 'bigint':
      return { type: 'int', value };
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { type: 'int', value: BigInt(value) }
        : { type: 'float', value };
    case 'string':
      return { type: 'str', value };
    case 'object':
      if (value === null) return { type: 'NoneType' };
      if (Array.isArray(value)) return { type: 'list', value };
      if (Object.prototype.toString.call(value) === '[object Object]') {
        return { type: 'dict', value: value as Record<string, unknown> };
      }
      throw unsupportedValueError(Object.prototype.toString.call(value).slice('[object '.length, -1));
    case 'function':
    case 'symbol':
      throw unsupportedValueError(typeof value);
  }
}

function unsupportedValueError(kind: string): TemplateError {
  return new TemplateError(
    'unsupported-value',
    `Cannot format a prompt template as its variables must be text, numbers, booleans, null, arrays and plain objects: one is a ${kind}`,
  );
}

/** Python's `str(value)`. */
export function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** Python's `ascii(value)`: `repr` with everything past ASCII escaped. */
export function pythonAscii(value: unknown): string {
  return Array.from(pythonRepr(value), (char) => (char > '\x7f' ? escapeChar(char) : char)).join('');
}

/** Python nests no deeper before it raises `RecursionError`; its limit is 1000 frames. */
const MAX_DEPTH = 500;

/** CPython 3.11 refuses to write a longer int in decimal, since that takes quadratic time. */
const MAX_INT_DIGITS = 4300;

/** Python's `repr(value)`. A list or dict inside itself is written `[...]` or `{...}`. */
export function pythonRepr(value: unknown): string {
  return writeRepr(value, []);
}

function writeRepr(value: unknown, parents: readonly unknown[]): string {
  const python = toPythonValue(value);
  switch (python.type) {
    case 'NoneType':
      return 'None';
    case 'bool':
      return python.value ? 'True' : 'False';
    case 'int':
      return pythonIntDigits(python.value);
    case 'float':
      return formatPythonFloat(python.value, 'r', 0, { addDotZero: true });
    case 'str':
      return stringRepr(python.value);
    case 'list':
      if (parents.includes(value)) return '[...]';
      return `[${python.value.map((item) => writeRepr(item, descend(value, parents))).join(', ')}]`;
    case 'dict': {
      if (parents.includes(value)) return '{...}';
      const items = Object.entries(python.value);
      return `{${items.map(([key, item]) => `${stringRepr(key)}: ${writeRepr(item, descend(value, parents))}`).join(', ')}}`;
    }
    default:
      return python satisfies never;
  }
}

function descend(value: unknown, parents: readonly unknown[]): readonly unknown[] {
  if (parents.length >= MAX_DEPTH) {
    throw new TemplateError(
      'limit',
      `Cannot format a prompt template as a variable nests deeper than ${MAX_DEPTH} levels`,
    );
  }
  return [...parents, value];
}

/** An int in decimal. @throws TemplateError `limit` past 4300 digits, as CPython 3.11. */
export function pythonIntDigits(value: bigint): string {
  const text = value.toString();
  if (text.length - (value < 0n ? 1 : 0) > MAX_INT_DIGITS) {
    throw new TemplateError(
      'limit',
      `Cannot format a prompt template as an integer has more than ${MAX_INT_DIGITS} digits`,
    );
  }
  return text;
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + Array.from(text, (char) => (char === quote ? `\\${char}` : reprChar(char))).join('') + quote;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// Python calls everything printable but the categories Other and Separator, the space apart. Characters that Unicode got after
// version 14, which Python 3.11 knows, are printable here and escaped there.
const NOT_PRINTABLE = /^[\p{C}\p{Z}]$/u;

function reprChar(char: string): string {
  if (char === ' ') return char;
  return SHORT_ESCAPES[char] ?? (NOT_PRINTABLE.test(char) ? escapeChar(char) : char);
}

function escapeChar(char: string): string {
  const code = char.codePointAt(0)!;
  const [prefix, width] = code <= 0xff ? ['\\x', 2] : code <= 0xffff ? ['\\u', 4] : (['\\U', 8] as const);
  return prefix + code.toString(16).padStart(width, '0');
}
