import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type BudgetArguments, budgetOptions } from './budget-options.ts';

/** What the command line says. */
export interface ResumeArguments extends BudgetArguments {
  readonly force?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** `agl resume`: starts the script of a run again, which goes on where the run was. */
export function resumeCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  const command = new Command('resume')
    .description('Go on with a run whose process has ended')
    .argument('<run>', 'directory of the run, or its name where agl runs looks')
    .option('--force', 'go on although data, options, agent or version have changed; it is noted')
    .option('--quiet', 'of a run that agl run began: as agl run --quiet')
    .option('--json', 'of a run that agl run began: as agl run --json')
    .addHelpText('after', HELP)
    .action(async (run: string, options: ResumeArguments) => {
      const { resumeRun } = await import('./resume/resume-run.ts');
      finish(await resumeRun(run, options, context));
    });
  for (const option of budgetOptions()) command.addOption(option);
  return command;
}

const HELP = `
What began the run, a script or agl run, is started again in the directory in which it was started,
with its arguments and this environment. Its first fit() that keeps a run goes on with this one. A
limit that is set here comes before those given then; what was spent before counts.

Examples:
  $ agl resume runs/run-20260112-143052-1f3a9c07
  $ agl resume runs/run-20260112-143052-1f3a9c07 --budget-rollouts 500

Exit status:
  that of the script; 2 if there is no such run, no script to start, a script that does not go
  on with it, or it would be another run; 3 if a file of it is damaged; 4 if a process works on it;
  5 if it reached its budget; 6 if a model cannot be used.
`;
