import { availableParallelism, cpus } from 'node:os';
import { measureJitter, QUIET_SHARE } from './jitter.ts';
import { median } from './percentile.ts';

/** What a benchmark prints as one line of JSON. Durations are in milliseconds. */
export interface BenchLine {
  readonly bench: string;
  /** The median over the rounds, against a baseline of the same run. */
  readonly ratio: number;
  /** Where the command fails. */
  readonly gate: number;
  /** What we claim of a quiet machine. */
  readonly goal: number;
  /** How each round came out, in order. */
  readonly ratios: readonly number[];
  /** What a reader needs to judge the figure. */
  readonly [context: string]: unknown;
}

/** A benchmark: yields a line for each setting that it measures. */
export interface Bench {
  readonly name: string;
  /** What the project claims, in a sentence of Markdown without a full stop. */
  readonly claim: string;
  /** What the ratio is of what. */
  readonly measure: string;
  /** Whether the ratio has to be at most the gate, or at least. */
  readonly wanted: 'at most' | 'at least';
  /** Takes so long that it is run only when it is named. */
  readonly byNameOnly?: true;
  run(): AsyncIterable<BenchLine>;
}

/** Figures of a benchmark's rounds as a line. */
export function toLine(
  { bench, gate, goal }: Pick<BenchLine, 'bench' | 'gate' | 'goal'>,
  ratios: readonly number[],
  context: Readonly<Record<string, unknown>>,
): BenchLine {
  return {
    bench,
    ratio: round(median(ratios), 4),
    gate,
    goal,
    min: round(Math.min(...ratios), 4),
    max: round(Math.max(...ratios), 4),
    rounds: ratios.length,
    ratios: ratios.map((ratio) => round(ratio, 4)),
    ...context,
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
  };
}

/** Whether a line is past its gate. */
export function isPastGate({ ratio, gate }: Pick<BenchLine, 'ratio' | 'gate'>, wanted: Bench['wanted']): boolean {
  // Written so that a figure that is no number is past it.
  return wanted === 'at most' ? !(ratio <= gate) : !(ratio >= gate);
}

/** Says how busy others keep the machine before something is timed, in a line's context. */
export async function jitterContext(): Promise<{ readonly jitter: number; readonly warning?: string }> {
  const jitter = round(await measureJitter(), 4);
  if (jitter <= QUIET_SHARE) return { jitter };
  return {
    jitter,
    warning: `a busy loop lost ${(100 * jitter).toFixed(1)} % of its time to others: measure again when the machine is quiet`,
  };
}

/** To so many decimal places: digits beyond say nothing. */
export function round(value: number, places = 1): number {
  return Number(value.toFixed(places));
}
