import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** `agl runs`: what runs there are, and where they stand. */
export function runsCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('runs')
    .description('List the runs of a directory, the newest first')
    .argument('[directory]', 'where their directories are; default: where agl run makes them')
    .option('--json', 'print one line of JSON for each run')
    .addHelpText('after', HELP)
    .action(async (directory: string | undefined, options: { readonly json?: true }) => {
      const { printRuns } = await import('./runs/print-runs.ts');
      finish(await printRuns(directory, options, context));
    });
}

const HELP = `
Runs are looked for in AGL_RUNS_DIRECTORY; else in the runsDirectory of agl.config.ts, which is
loaded only if it has one; else in runs.

A run is running, completed, interrupted (stopped, to be resumed), budget (it reached its budget,
to be resumed with more) or broken-off (its process died, to be resumed). What it spent is over
all processes that worked on it; dollars are known where its script has prices.

Examples:
  $ agl runs
  $ agl runs --json | jq 'select(.status == "broken-off") | .directory'

Exit status:
  3 if a file of a run cannot be read; the others are listed all the same.
`;
