import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** `agl plan`: what a training script would take, without spending anything. */
export function planCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('plan')
    .description('Tell how much work a training script would do, and stop it before it begins')
    .argument('<script>', 'the script that trains')
    .argument('[arguments...]', 'its arguments; those that begin with - after --')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', HELP)
    .action(async (script: string, args: string[], options: { readonly json?: true }) => {
      const { planScript } = await import('./plan/plan-script.ts');
      finish(await planScript([script, ...args], options, context));
    });
}

const HELP = `
The script runs up to its first fit(), dev() or evaluate(), which tells its plan and ends the
process: no agent runs, no run directory is made, and this framework asks no model. What the
script does by itself before that, it does.

Example:
  $ agl plan train.ts

Exit status:
  2 if there is no such script, or it ends before it begins a run.
`;
