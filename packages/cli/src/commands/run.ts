import { Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { type BudgetArguments, budgetOptions, wholeNumber } from './budget-options.ts';

/** What the command line says. */
export interface RunArguments extends BudgetArguments {
  readonly runners?: number;
  readonly seed?: number;
  readonly runDirectory?: string;
  readonly quiet?: true;
  readonly json?: true;
}

/** `agl run`: the run that a config describes. */
export function runCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  const command = new Command('run')
    .description('Train as agl.config.ts says, and watch it')
    .argument('[config]', 'a config, or a folder with one; default: agl.config.ts here')
    .option('--runners <number>', 'rollouts at once', wholeNumber)
    .option('--seed <number>', 'derive every random choice from this integer', integer)
    .option('--run-directory <folder>', 'keep the run there')
    .option('--quiet', 'print nothing but the directory of the run, at its end')
    .option('--json', 'print one line of JSON for each event, and the result as the last one')
    .addHelpText('after', HELP)
    .action(async (config: string | undefined, options: RunArguments) => {
      const commands = (command.parent?.commands ?? []).map((other) => other.name());
      const { runConfig } = await import('./run/run-config.ts');
      finish(await runConfig(config, options, { context, commands }));
    });
  for (const option of budgetOptions()) command.addOption(option);
  return command;
}

const HELP = `
What is said here comes before the config. Progress goes to standard error, the summary to
standard output. Ctrl-C lets what is in flight finish and keeps the best prompt so far; pressed
again, it is quicker about it. agl resume goes on with the run.
Under nohup it goes on when its terminal ends.

Examples:
  $ agl run
  $ agl run search.config.ts --runners 16 --budget-rollouts 500
  $ agl run --json | jq 'select(.type == "best") | .score'

Exit status:
  0 when it is done; 2 if the config or a dataset cannot be used; 4 if a process works on that
  run; 5 if it reached its budget; 6 if a model cannot be used; 130, 143 or 129 after Ctrl-C,
  SIGTERM or the end of its terminal.
`;

function integer(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be an integer.');
}
