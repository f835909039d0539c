import { statSync } from 'node:fs';
import type { PlanAssumptions } from '@agentlightning/trainer/runs';
import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { assumptionOptions, assumptionsOf } from './plan/assumption-options.ts';

/** How a plan is told, and what is assumed for it. */
interface PlanArguments extends PlanAssumptions {
  readonly json?: true;
}

/** `agl plan`: what a run would take, without spending anything. */
export function planCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  const command = new Command('plan')
    .description('Tell how much work a run would be')
    .argument('[script]', 'a config, a folder with one, or a script that trains; default: agl.config.ts here')
    .argument('[arguments...]', 'arguments of the script; those that begin with - after --')
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', HELP)
    .action(async (script: string | undefined, args: string[], { json, ...given }: PlanArguments) => {
      const options = { json, assume: assumptionsOf(given) };
      if (script === undefined || isConfig(script)) {
        const { planConfig } = await import('./plan/plan-config.ts');
        finish(await planConfig([script, ...args], options, context));
      } else {
        const { planScript } = await import('./plan/plan-script.ts');
        finish(await planScript([script, ...args], options, context));
      }
    });
  command.optionsGroup('What the plan assumes:');
  for (const option of assumptionOptions()) command.addOption(option);
  return command;
}

const HELP = `
A config is a file that ends in .config.ts (or .mts, .js, .mjs). A script runs up to its first
fit(), dev() or evaluate(), which tells its plan and ends the process: no agent runs, no run
directory is made, and this framework asks no model. What the script does by itself before that,
it does.

Examples:
  $ agl plan
  $ agl plan train.ts --agent-calls-per-rollout 2 --tokens-per-agent-call 1200,150

Exit status:
  2 if there is no such file, the config or a dataset cannot be used, or the script ends before it
  begins a run.
`;

/** A script is told from a config by its name alone: to load it is to run it. */
function isConfig(path: string): boolean {
  return /\.config\.m?[jt]s$/.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
