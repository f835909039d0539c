/**
 * The value below which a share of `values` lies, interpolated between neighbours.
 * @param share - from 0 (the least value) to 1 (the greatest)
 * @throws RangeError for an empty list, or a share out of range
 */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a percentile as 'values' must not be empty");
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot take a percentile as 'share' must be from 0 to 1: current value is ${share}`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
