import { existsSync } from 'node:fs';
import { listRuns } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { runsTable } from './runs-table.ts';

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
  else if (runs.length === 0) stdout.write(`There are no runs in ${directory}\n${elsewhere(directory)}`);
  else stdout.write(runsTable(runs, stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity));
  return exitCode;
}

/** A config may keep them somewhere else, and is not run to be asked. */
function elsewhere(directory: string): string {
  const isConfigHere = directory === 'runs' && existsSync('agl.config.ts');
  return isConfigHere ? 'Where agl.config.ts has a runsDirectory, name that: agl runs <directory>\n' : '';
}
