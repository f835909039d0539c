import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type BudgetArguments, budgetOptions } from './budget-options.ts';

/** `agl resume`: starts the script of a run again, which goes on where the run was. */
export function resumeCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  const command = new Command('resume')
    .description('Go on with a run whose process has ended, by the command that started it')
    .argument('<directory>', 'the directory of the run')
    .option('--force', 'go on although data, options, agent or version have changed; it is noted')
    .addHelpText('after', HELP)
    .action(async (directory: string, options: BudgetArguments & { readonly force?: true }) => {
      const { resumeRun } = await import('./resume/resume-run.ts');
      finish(await resumeRun(directory, options, context));
    });
  for (const option of budgetOptions()) command.addOption(option);
  return command;
}

const HELP = `
The script runs in the directory in which it was started, with its arguments and this
environment. Its first fit() that keeps a run goes on with this one. A limit that is set here
comes before the script's; what was spent before counts.

Examples:
  $ agl resume runs/run-20260112-143052-1f3a
  $ agl resume runs/run-20260112-143052-1f3a --budget-rollouts 500

Exit status:
  that of the script; 2 if there is no such run, no script to start, or it would be another
  run; 3 if a file of it is damaged; 4 if a process works on it; 5 if it
  reached its budget; 6 if a model cannot be used.
`;
