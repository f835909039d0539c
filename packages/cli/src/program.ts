import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { initCommand } from './commands/init.ts';
import { planCommand } from './commands/plan.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { storeCommand } from './commands/store.ts';
import { uiCommand } from './commands/ui.ts';

/** In the order of help: that in which somebody who begins needs them. */
const COMMANDS = [
  initCommand,
  doctorCommand,
  planCommand,
  runCommand,
  resumeCommand,
  runsCommand,
  uiCommand,
  reportCommand,
  exportCommand,
  storeCommand,
] as const;

/**
 * The whole of `agl`: one file in `commands/` for each command.
 * @param finish - called with the exit status of the command that ran
 */
export function createProgram(context: CliContext, finish: (exitCode: number) => void): Command {
  const program = new Command('agl')
    .description('Agent Lightning for TypeScript, from the command line')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ minWidthToWrap: 24 })
    .configureOutput({
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns ?? 80, 100),
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .addHelpText('after', HELP)
    .exitOverride();
  for (const create of COMMANDS) {
    program.addCommand(
      create(context, finish).helpOption('-h, --help', 'print this help').copyInheritedSettings(program),
    );
  }
  return program;
}

const HELP = `
Examples:
  $ agl init my-agent     a project to begin with
  $ agl run               the search that agl.config.ts of this folder describes
  $ agl run --help        more of a command
`;

function ownVersion(): string {
  // As far from the built file as from the source.
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
