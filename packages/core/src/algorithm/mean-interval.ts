import { createRng } from './rng.ts';

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;
/** How many values are drawn in all, and how often a mean is, at most. */
const DRAWS = 400_000;
const MOST_RESAMPLES = 4000;
/** From here on the quantiles of the resampled means are computed instead of drawn, which would take seconds for thousands of tasks. */
const MOST_RESAMPLED_VALUES = 400;

/** 95 % interval of the mean of `values`, at least one: Wilson's score interval where each is 0 or 1, otherwise a bootstrap interval. */
export function intervalOf(values: readonly number[]): readonly [low: number, high: number] {
  return values.every((value) => value === 0 || value === 1)
    ? wilson(meanOf(values), values.length)
    : bootstrapInterval(values);
}

/** The arithmetic mean of at least one value. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance of a sample; 0 for one value. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
}

/**
 * 95 % bootstrap interval of the mean, from quantiles of resampled means. As those vary too little with few values, quantiles further out are taken
 * (Hesterberg 2015, the expanded percentile interval). The random numbers come from the values, so that the same values give the same interval.
 */
export function bootstrapInterval(values: readonly number[]): readonly [low: number, high: number] {
  return values.length <= MOST_RESAMPLED_VALUES ? resampled(values) : computed(values);
}

/** Wilson's score interval of a proportion. */
function wilson(proportion: number, n: number): [number, number] {
  const centre = (proportion + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const spread = (Z / (1 + Z ** 2 / n)) * Math.sqrt((proportion * (1 - proportion)) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, centre - spread), Math.min(1, centre + spread)];
}

function resampled(values: readonly number[]): [number, number] {
  const resamples = Math.min(MOST_RESAMPLES, Math.floor(DRAWS / values.length));
  const rng = createRng(`bootstrap ${JSON.stringify(values)}`);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1) sum += values[rng.int(values.length)]!;
    means[resample] = sum / values.length;
  }
  means.sort();
  const tail = tailFor(values.length);
  return [means[Math.floor(resamples * tail)]!, means[Math.ceil(resamples * (1 - tail)) - 1]!];
}

/** The quantiles of the resampled means by the first terms of their expansion (Cornish and Fisher), with the skewness of the values. */
function computed(values: readonly number[]): [number, number] {
  const mean = meanOf(values);
  const moment = (power: number): number => meanOf(values.map((value) => (value - mean) ** power));
  const deviation = Math.sqrt(moment(2));
  if (deviation === 0) return [mean, mean];
  const skew = moment(3) / deviation ** 3 / (6 * Math.sqrt(values.length));
  const quantile = (z: number): number => mean + ((z + skew * (z ** 2 - 1)) * deviation) / Math.sqrt(values.length);
  return [quantile(-Z), quantile(Z)];
}

/** Which share of the resampled means lies beyond each end of the interval. */
function tailFor(n: number): number {
  return n < 2 ? 0.025 : normalTail(Math.sqrt(n / (n - 1)) * studentQuantile(n - 1));
}

/** The 97.5 % quantile of Student's distribution: for more than two degrees of freedom by its expansion around that of the normal one. */
function studentQuantile(degrees: number): number {
  if (degrees <= 2) return degrees === 1 ? 12.706 : 4.303;
  return (
    Z +
    (Z ** 3 + Z) / (4 * degrees) +
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degrees ** 2) +
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * degrees ** 3)
  );
}

/** The normal distribution above a positive `z`, to 7 digits (Abramowitz and Stegun, 26.2.17). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
