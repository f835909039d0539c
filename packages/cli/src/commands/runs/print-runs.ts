import { relative } from 'node:path';
import { listRuns, type RunSummary } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { EXIT_CODES } from '../../exit-codes.ts';

/** Prints the runs below a directory. @returns the exit status: 3 if one of them cannot be read */
export async function printRuns(
  directory: string,
  { json }: { readonly json?: true },
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
): Promise<number> {
  let exitCode: number = EXIT_CODES.done;
  const runs = await listRuns(directory, (error) => {
    exitCode = EXIT_CODES.stateUnreadable;
    stderr.write(`error: ${error.message}\n`);
  });
  if (json) for (const run of runs) stdout.write(`${JSON.stringify(run)}\n`);
  else if (runs.length === 0) stdout.write(`There are no runs in ${directory}\n`);
  else stdout.write(table(runs));
  return exitCode;
}

/** Model calls and tokens, of optimiser and agents, and what they cost where that is known. */
function spendCells(spend: RunSummary['spend']): string[] {
  if (spend === null) return ['–', '–', '–'];
  const { modelCalls, tokens, usd } = spend;
  return [
    String(modelCalls.algorithm + modelCalls.agent),
    String(tokens.prompt + tokens.completion),
    usd === null ? '–' : usd.toFixed(2),
  ];
}

function table(runs: readonly RunSummary[]): string {
  const isLabelled = runs.some(({ label }) => label !== null);
  const labelCells = (label: string | null): string[] => (isLabelled ? [label ?? '–'] : []);
  const head = [
    'STARTED',
    'STATUS',
    'ALGORITHM',
    'ROLLOUTS',
    'CALLS',
    'TOKENS',
    'USD',
    'BEST',
    ...(isLabelled ? ['LABEL'] : []),
    'DIRECTORY',
  ];
  const rows = runs.map(
    ({ startTime, status, algorithm, rollouts, spend, bestScore, bestVersion, label, directory }) => [
      new Date(startTime * 1000).toISOString().slice(0, 16).replace('T', ' '),
      status,
      algorithm ?? '–',
      rollouts === null ? '–' : String(rollouts),
      ...spendCells(spend),
      bestScore === null ? '–' : `${bestScore.toFixed(3)} (${bestVersion})`,
      ...labelCells(label),
      relative('.', directory) || '.',
    ],
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join('');
}
