/** How a float is written: the presentation types of Python's format language; `r` is `repr`, the shortest text that reads back. */
export type FloatStyle = 'e' | 'f' | 'g' | 'r';

/** Options of {@link formatPythonFloat}. All off by default. */
export interface PythonFloatOptions {
  /** Keeps the decimal point, and for `g` the trailing zeros, as `#` asks. */
  readonly alternate?: boolean;
  /** Writes at least one digit after the point unless there is an exponent, as `repr` does. */
  readonly addDotZero?: boolean;
  /** Drops the sign of what rounds to zero, as `z` asks. */
  readonly noNegativeZero?: boolean;
}

/**
 * Writes a double as CPython's `PyOS_double_to_string` does, to the last digit: exact ties round half to even, where `toFixed` and
 * `toExponential` round half up. `precision` counts digits after the point (`e`, `f`) or significant digits (`g`); `r` ignores it.
 * Lower case; not finite is `inf`, `-inf` or `nan`.
 */
export function formatPythonFloat(
  value: number,
  style: FloatStyle,
  precision: number,
  options: PythonFloatOptions = {},
): string {
  if (Number.isNaN(value)) return 'nan';
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) return negative ? '-inf' : 'inf';

  const { alternate = false, addDotZero = false, noNegativeZero = false } = options;
  const significant = style === 'g' ? Math.max(precision, 1) : precision;
  const { digits, point } = decimalDigits(Math.abs(value), style, significant);
  const sign = negative && !(noNegativeZero && digits === '0') ? '-' : '';

  const exponential =
    style === 'e' ||
    (style === 'g' && (point <= -4 || point > significant - (addDotZero ? 1 : 0))) ||
    (style === 'r' && (point <= -4 || point > 16));
  const pointAt = exponential ? 1 : point;
  const wanted = wantedDigits(style, significant, digits.length, point, alternate);
  const end = Math.max(wanted, pointAt + (addDotZero && !exponential ? 1 : 0));

  // Positions are counted from the first significant digit; a point before it needs zeros in front.
  const padded = '0'.repeat(Math.max(0, 1 - pointAt)) + digits.padEnd(end, '0');
  const whole = Math.max(pointAt, 1);
  const fraction = padded.slice(whole);
  const body = padded.slice(0, whole) + (fraction !== '' || alternate ? `.${fraction}` : '');
  return sign + body + (exponential ? exponentText(point - 1) : '');
}

function wantedDigits(style: FloatStyle, precision: number, count: number, point: number, alternate: boolean): number {
  if (style === 'e') return precision + 1;
  if (style === 'f') return point + precision;
  return style === 'g' && alternate ? precision : count;
}

function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Significant digits without trailing zeros, and where the decimal point stands: value = 0.DIGITS × 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function decimalDigits(value: number, style: FloatStyle, precision: number): Decimal {
  if (value === 0) return { digits: '0', point: 1 };
  const [shortest = '', exponent = '0'] = value.toExponential().split('e');
  const point = Number(exponent) + 1;
  if (style === 'r') return trimZeros(shortest.replace('.', ''), point);
  const decimals = style === 'f' ? precision : precision + (style === 'e' ? 1 : 0) - point;
  const rounded = roundToDecimals(value, decimals);
  if (rounded === 0n) return { digits: '0', point: 1 };
  const text = rounded.toString();
  return trimZeros(text, text.length - decimals);
}

function trimZeros(digits: string, point: number): Decimal {
  return { digits: digits.replace(/0+$/, '') || '0', point };
}

/** round(value × 10^decimals), ties to even, computed exactly on the double's own fraction. `decimals` may be negative. */
function roundToDecimals(value: number, decimals: number): bigint {
  const { mantissa, exponent } = exactFraction(value);
  const numerator = mantissa * 2n ** BigInt(Math.max(exponent, 0)) * 10n ** BigInt(Math.max(decimals, 0));
  const denominator = 2n ** BigInt(Math.max(-exponent, 0)) * 10n ** BigInt(Math.max(-decimals, 0));
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const roundUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return roundUp ? quotient + 1n : quotient;
}

/** The integers with value = mantissa × 2^exponent; `value` is positive and finite. */
function exactFraction(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}
