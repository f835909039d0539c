import { grouped, scoreText } from '@agentlightning/core/run';
import { type RunSummary, shownPath, visibleLine } from '@agentlightning/trainer/runs';

/** A column of the table. */
interface Column {
  readonly title: string;
  readonly text: (run: RunSummary) => string;
  readonly isNumber?: true;
  /** Those with the highest number go first where a terminal is too narrow. Default: it stays. */
  readonly dispensable?: number;
}

const NONE = '–';

const COLUMNS: readonly Column[] = [
  { title: 'STARTED', text: ({ startTime }) => localTime(startTime), dispensable: 1 },
  { title: 'STATUS', text: ({ status }) => status },
  { title: 'ALGORITHM', text: ({ algorithm }) => algorithm ?? NONE, dispensable: 5 },
  { title: 'ROLLOUTS', text: ({ rollouts }) => count(rollouts), isNumber: true, dispensable: 3 },
  { title: 'CALLS', text: ({ spend }) => count(spend && sumOf(spend.modelCalls)), isNumber: true, dispensable: 6 },
  { title: 'TOKENS', text: ({ spend }) => count(spend && sumOf(spend.tokens)), isNumber: true, dispensable: 4 },
  { title: 'USD', text: ({ spend }) => spend?.usd?.toFixed(2) ?? NONE, isNumber: true, dispensable: 2 },
  { title: 'BEST', text: bestText },
  { title: 'DIRECTORY', text: ({ directory }) => shownPath(directory) },
];

/**
 * Runs as a table. What a best score is of stands beside it, such as `simulated models`.
 * @param width - how many columns a line may have; where a run needs more, what can be done without is left out
 */
export function runsTable(runs: readonly RunSummary[], width: number): string {
  let columns = COLUMNS;
  for (;;) {
    const lines = linesOf(columns, runs);
    const least = columns.reduce((worst, { dispensable = 0 }) => Math.max(worst, dispensable), 0);
    if (least === 0 || lines.every((line) => line.length <= width)) return lines.map((line) => `${line}\n`).join('');
    columns = columns.filter(({ dispensable }) => dispensable !== least);
  }
}

function linesOf(columns: readonly Column[], runs: readonly RunSummary[]): string[] {
  const rows = [
    columns.map(({ title }) => title),
    ...runs.map((run) => columns.map(({ text }) => visibleLine(text(run)))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        columns[column]!.isNumber ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function bestText({ bestScore, bestVersion, label }: RunSummary): string {
  if (bestScore === null) return NONE;
  return `${scoreText(bestScore)} (${[bestVersion, label].filter((part) => part !== null).join(', ')})`;
}

/** `2026-01-12 14:30` where the user is. */
function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function count(value: number | null): string {
  return value === null ? NONE : grouped(value);
}

function sumOf(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((sum, part) => sum + part, 0);
}
