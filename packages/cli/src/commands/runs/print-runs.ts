import { listRuns } from '@agentlightning/trainer/runs';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { runsDirectory } from '../runs-directory.ts';
import { runsTable } from './runs-table.ts';

/** Prints the runs below a directory, by default where runs are kept. @returns the exit status: 3 if one of them cannot be read */
export async function printRuns(
  given: string | undefined,
  { json }: { readonly json?: true },
  { stdout, stderr, env }: Pick<CliContext, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  const directory = given ?? (await runsDirectory({ env, stderr }));
  let exitCode: number = EXIT_CODES.done;
  const runs = await listRuns(directory, (error) => {
    exitCode = EXIT_CODES.stateUnreadable;
    stderr.write(`error: ${error.message}\n`);
  });
  if (json) for (const run of runs) stdout.write(`${JSON.stringify(run)}\n`);
  else if (runs.length === 0)
    stdout.write(
      `There are no runs in ${directory}${given === undefined ? ` yet: ${callOf(env)} run begins one` : ''}\n`,
    );
  else stdout.write(runsTable(runs, stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity));
  return exitCode;
}
