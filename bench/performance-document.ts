import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchLine } from './bench.ts';
import type { Machine, Results } from './results.ts';

/** The document that shows the figures. */
export const PERFORMANCE_DOCUMENT = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

const BEGIN = '<!-- figures: written by `pnpm bench --record` -->';
const END = '<!-- end of figures -->';

/** Writes the figures into the document. */
export function updatePerformanceDocument(benches: readonly Bench[], results: Results): void {
  const text = readFileSync(PERFORMANCE_DOCUMENT, 'utf8');
  writeFileSync(PERFORMANCE_DOCUMENT, withFigures(text, benches, results));
}

/**
 * The document with the figures of `results` in the place of those that it had.
 * @throws Error if it has no place for them
 */
export function withFigures(text: string, benches: readonly Bench[], results: Results): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The document has no place for figures, between ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${figures(benches, results)}\n\n${text.slice(end)}`;
}

/** The figures as Markdown: the table, and where they were measured. */
function figures(benches: readonly Bench[], { machine, lines }: Results): string {
  const rows = benches.flatMap((bench) => {
    const own = lines.filter((line) => line.bench === bench.name);
    return own.length === 0 ? [rowOf(bench, undefined)] : own.map((line) => rowOf(bench, line));
  });
  return [
    '| row | claim | ratio | gate | goal | measured | command |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    whereMeasured(machine, lines),
  ].join('\n');
}

function rowOf({ name, claim, measure, wanted }: Bench, line: BenchLine | undefined): string {
  const setting = typeof line?.['setting'] === 'string' ? `, ${line['setting']}` : '';
  const sign = wanted === 'at most' ? '≤' : '≥';
  const cells = [
    `\`${name}\`${setting}`,
    claim,
    measure,
    line === undefined ? '' : `${sign} ${line.gate}`,
    line === undefined ? '' : String(line.goal),
    measuredOf(line),
    `\`pnpm bench ${name}\``,
  ];
  return `| ${cells.join(' | ')} |`;
}

function measuredOf(line: BenchLine | undefined): string {
  if (line === undefined) return 'not on this machine';
  const { ratio, ratios } = line;
  if (ratios.length < 2) return threeDigits(ratio);
  return `${threeDigits(ratio)} (${threeDigits(Math.min(...ratios))}–${threeDigits(Math.max(...ratios))})`;
}

/** More say nothing. */
function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function whereMeasured(machine: Machine, lines: readonly BenchLine[]): string {
  const jitters = lines.map((line) => line['jitter']).filter((jitter) => typeof jitter === 'number');
  const lost =
    jitters.length === 0 ? '' : ` Before each row a busy loop on each core lost at most ${percent(jitters)}.`;
  return (
    `Measured on ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB of memory, ${machine.system}, Node ${machine.node} ` +
    `(V8 ${machine.v8}, SQLite ${machine.sqlite}): the median over the rounds, with their least and greatest.${lost}`
  );
}

/** From the quietest row to the busiest. */
function percent(shares: readonly number[]): string {
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => (100 * share).toFixed(1));
  return `${least} to ${most} % of its time to others`;
}
