import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** What the command line says. */
export interface DoctorArguments {
  /** `undefined`: ask where it may cost something. */
  readonly call?: boolean;
  readonly json?: true;
}

/** `agl doctor`: whether everything that a run needs is there and works. */
export function doctorCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('Check that machine, config, models and agent are ready')
    .argument('[config]', 'a config, or a folder with one; default: agl.config.ts here, if there is one')
    .option('--call', 'call the models and run the agent on one task without asking, although it may cost something')
    .option('--no-call', 'call no model, and do not ask')
    .option('--json', 'print one line of JSON for each check, and ask nothing')
    .addHelpText('after', HELP)
    .action(async (config: string | undefined, options: DoctorArguments) => {
      const { runDoctor } = await import('./doctor/run-doctor.ts');
      finish(await runDoctor(config, options, context));
    });
}

const HELP = `
✓ is well, ✗ is not, with what to do about it below; – was not looked at, with the reason. Models
on this machine are called without asking. Keys are never printed.

Examples:
  $ agl doctor
  $ agl doctor search.config.ts --call

Exit status:
  0 if nothing is wrong; 2 if something of the machine, the config or the agent is; 6 if that is all
  well, and a model cannot be used.
`;
