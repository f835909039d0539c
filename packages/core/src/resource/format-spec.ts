import { formatPythonFloat } from './python-float.ts';
import { pythonIntDigits, pythonStr, toPythonValue } from './python-value.ts';
import { BRACE_HINT, TemplateError } from './template-error.ts';

/** A read format specification: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`. */
export interface FormatSpec {
  /** One character; a space unless given, `0` after the zero flag. */
  readonly fill: string;
  /** Undefined: text to the left, numbers to the right. */
  readonly align: '<' | '>' | '=' | '^' | undefined;
  readonly sign: '+' | '-' | ' ' | undefined;
  /** `z`: what rounds to zero loses its minus. */
  readonly noNegativeZero: boolean;
  /** `#`. */
  readonly alternate: boolean;
  /** The zero flag without an alignment of its own: numbers are padded after the sign. */
  readonly zeroPad: boolean;
  readonly width: number | undefined;
  readonly grouping: ',' | '_' | undefined;
  readonly precision: number | undefined;
  /** One character; undefined when omitted. */
  readonly type: string | undefined;
}

/**
 * The widest field and the most digits of a number that a template may ask for. Python has no such bound: `{x:9999999999}` takes all
 * of its memory.
 */
const MAX_FIELD_WIDTH = 100_000;

const SPEC =
  /^(?:(?<fill>[\s\S])(?=[<>=^]))?(?<align>[<>=^])?(?<sign>[-+ ])?(?<z>z)?(?<alternate>#)?(?<zero>0)?(?<width>[0-9]+)?(?<grouping>[,_]{0,2})(?:\.(?<precision>[0-9]*))?(?<type>[\s\S])?$/u;

/** Types that some value of text, int or float accepts. */
const KNOWN_TYPES = 'sbcdoxXneEfFgG%';

/**
 * Reads a format specification as CPython 3.11 does.
 *
 * @throws TemplateError `syntax` for one that is wrong for every value, `limit` for a width past {@link MAX_FIELD_WIDTH}.
 */
export function parseFormatSpec(source: string): FormatSpec {
  const groups = SPEC.exec(source)?.groups;
  if (groups === undefined)
    throw specError('it is not [[fill]align][sign][z][#][0][width][grouping][.precision][type]');
  const { fill, align, sign, zero, width, grouping, precision, type } = groups;
  if (grouping === ',_' || grouping === '_,') throw specError("',' and '_' exclude each other");
  if (grouping !== undefined && grouping.length > 1) throw specError('it groups digits twice');
  if (precision === '') throw specError('it has no digits after the point');
  if (type !== undefined && !KNOWN_TYPES.includes(type)) throw specError(`'${type}' is not a presentation type`);
  const zeroFlag = zero !== undefined && fill === undefined;
  return {
    fill: fill ?? (zeroFlag ? '0' : ' '),
    align: align as FormatSpec['align'],
    sign: sign as FormatSpec['sign'],
    noNegativeZero: groups['z'] !== undefined,
    alternate: groups['alternate'] !== undefined,
    zeroPad: zeroFlag && align === undefined,
    // After a fill character the 0 is only the first digit of the width.
    width: boundedInteger((zeroFlag ? '' : (zero ?? '')) + (width ?? '')),
    grouping: grouping === '' ? undefined : (grouping as FormatSpec['grouping']),
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

/** Without the text itself, which can come from a variable. */
function specError(problem: string): TemplateError {
  return new TemplateError(
    'syntax',
    `Cannot read a format specification of the prompt template: ${problem} ${BRACE_HINT}`,
  );
}

function boundedInteger(digits: string): number | undefined {
  if (digits === '') return undefined;
  const value = Number(digits);
  if (value > MAX_FIELD_WIDTH) throw limitError('width', value);
  return value;
}

function limitError(what: string, value: number): TemplateError {
  return new TemplateError(
    'limit',
    `Cannot format a prompt template as a ${what} must be at most ${MAX_FIELD_WIDTH}: current value is ${value}`,
  );
}

/**
 * Python's `format(value, spec)`.
 *
 * @throws TemplateError `format` if the value does not fit the specification, and what {@link parseFormatSpec} throws.
 */
export function formatValue(value: unknown, source: string): string {
  if (source === '') return pythonStr(value);
  const python = toPythonValue(value);
  switch (python.type) {
    case 'str':
      return formatText(python.value, parseFormatSpec(source));
    case 'bool':
      return formatInt(python.value ? 1n : 0n, parseFormatSpec(source));
    case 'int':
      return formatInt(python.value, parseFormatSpec(source));
    case 'float':
      return formatFloat(python.value, parseFormatSpec(source));
    case 'NoneType':
    case 'list':
    case 'dict':
      throw formatError(`a ${python.type} takes no format specification`);
    default:
      return python satisfies never;
  }
}

function formatError(problem: string): TemplateError {
  return new TemplateError('format', `Cannot format a value of the prompt template: ${problem}`);
}

function formatText(text: string, spec: FormatSpec): string {
  if ((spec.type ?? 's') !== 's') throw formatError(`type '${spec.type}' does not fit text`);
  if (spec.grouping !== undefined) throw formatError(`grouping '${spec.grouping}' does not fit text`);
  if (spec.sign !== undefined) throw formatError('a sign does not fit text');
  if (spec.noNegativeZero) throw formatError("'z' does not fit text");
  if (spec.alternate) throw formatError("'#' does not fit text");
  if (spec.align === '=') throw formatError("alignment '=' does not fit text");
  // Python counts code points.
  const chars = Array.from(text);
  const kept = spec.precision === undefined ? chars : chars.slice(0, spec.precision);
  return pad('', kept.join(''), kept.length, spec, '<');
}

function formatInt(value: bigint, spec: FormatSpec): string {
  const type = spec.type ?? 'd';
  if ('eEfFgG%'.includes(type)) return formatFloat(intToFloat(value), spec);
  if (!'bcdoxXn'.includes(type)) throw formatError(`type '${type}' does not fit an integer`);
  if (spec.precision !== undefined) throw formatError('a precision does not fit an integer');
  if (spec.noNegativeZero) throw formatError("'z' does not fit an integer");
  checkGrouping(spec, 'dboxX');
  if (type === 'c') return formatCodePoint(value, spec);
  const magnitude = value < 0n ? -value : value;
  const radix = { b: 2, o: 8, x: 16, X: 16 }[type] ?? 10;
  const digits = radix === 10 ? pythonIntDigits(magnitude) : magnitude.toString(radix);
  const prefix = spec.alternate && radix !== 10 ? `0${type}` : '';
  const body = type === 'X' ? digits.toUpperCase() : digits;
  return padNumber(signOf(value < 0n, spec) + prefix, body, '', spec, radix === 10 ? 3 : 4);
}

function intToFloat(value: bigint): number {
  const float = Number(value);
  if (!Number.isFinite(float)) throw formatError('an integer is too large to be written as a float');
  return float;
}

function formatCodePoint(value: bigint, spec: FormatSpec): string {
  if (spec.sign !== undefined) throw formatError("a sign does not fit type 'c'");
  if (spec.alternate) throw formatError("'#' does not fit type 'c'");
  if (value < 0n || value > 0x10ffffn) throw formatError("type 'c' needs a code point");
  return pad('', String.fromCodePoint(Number(value)), 1, spec, '>');
}

function formatFloat(value: number, spec: FormatSpec): string {
  const type = spec.type ?? '';
  if (!'eEfFgGn%'.includes(type)) throw formatError(`type '${type}' does not fit a float`);
  if (spec.precision !== undefined && spec.precision > MAX_FIELD_WIDTH) throw limitError('precision', spec.precision);
  checkGrouping(spec, 'eEfFgG%');
  const percent = type === '%';
  const text = formatPythonFloat(
    percent ? value * 100 : value,
    percent ? 'f' : floatStyle(type, spec.precision),
    spec.precision ?? 6,
    { alternate: spec.alternate, addDotZero: type === '', noNegativeZero: spec.noNegativeZero },
  );
  const unsigned = text.replace('-', (sign, at) => (at === 0 ? '' : sign));
  const cased = 'EFG'.includes(type) && type !== '' ? unsigned.toUpperCase() : unsigned;
  const digits = /^[0-9]*/.exec(cased)![0];
  const rest = cased.slice(digits.length) + (percent ? '%' : '');
  return padNumber(signOf(text !== unsigned, spec), digits, rest, spec, 3);
}

function floatStyle(type: string, precision: number | undefined): 'e' | 'f' | 'g' | 'r' {
  if (type === '') return precision === undefined ? 'r' : 'g';
  return type === 'n' ? 'g' : (type.toLowerCase() as 'e' | 'f' | 'g');
}

function checkGrouping(spec: FormatSpec, types: string): void {
  if (spec.grouping === undefined || spec.type === undefined) return;
  const fits = types.includes(spec.type) && !(spec.grouping === ',' && 'boxX'.includes(spec.type));
  if (!fits) throw formatError(`grouping '${spec.grouping}' does not fit type '${spec.type}'`);
}

function signOf(negative: boolean, spec: FormatSpec): string {
  if (negative) return '-';
  return spec.sign === '+' || spec.sign === ' ' ? spec.sign : '';
}

function padNumber(head: string, digits: string, rest: string, spec: FormatSpec, groupSize: number): string {
  const align = spec.align ?? (spec.zeroPad ? '=' : '>');
  // Zeros that fill the width count as digits: they are grouped too.
  const fillDigits = spec.fill === '0' && align === '=' ? (spec.width ?? 0) - head.length - rest.length : 0;
  const body = (digits === '' ? '' : groupDigits(digits, fillDigits, spec.grouping, groupSize)) + rest;
  return pad(head, body, head.length + body.length, { ...spec, align }, '>');
}

function groupDigits(digits: string, minWidth: number, separator: string | undefined, size: number): string {
  if (separator === undefined) return digits.padStart(minWidth, '0');
  const groups: string[] = [];
  let remaining = digits;
  let width = minWidth;
  do {
    const length = Math.min(size, Math.max(remaining.length, width, 1));
    groups.unshift(remaining.slice(-length).padStart(length, '0'));
    remaining = remaining.slice(0, -length);
    width -= length + separator.length;
  } while (remaining !== '' || width + separator.length > 0);
  return groups.join(separator);
}

/** Pads `head + body`, which count `length` code points; `=` pads between the two. */
function pad(head: string, body: string, length: number, spec: FormatSpec, defaultAlign: '<' | '>'): string {
  const missing = Math.max(0, (spec.width ?? 0) - length);
  const fill = (count: number): string => spec.fill.repeat(count);
  switch (spec.align ?? defaultAlign) {
    case '<':
      return head + body + fill(missing);
    case '>':
      return fill(missing) + head + body;
    case '=':
      return head + fill(missing) + body;
    case '^':
      return fill(Math.floor(missing / 2)) + head + body + fill(Math.ceil(missing / 2));
  }
}
