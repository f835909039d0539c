import { Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** The package managers whose commands a new project is told. */
export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn'] as const;

/** One of {@link PACKAGE_MANAGERS}. */
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** What the command line says. */
export interface InitArguments {
  readonly name?: string;
  readonly endpoint?: string;
  readonly packageManager?: PackageManager;
  readonly yes?: true;
  readonly force?: true;
  readonly json?: true;
}

/** `agl init`: a small project that searches at once. */
export function initCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('init')
    .description('Write a small project that searches as it is')
    .argument('[directory]', 'where; made if it is not there', '.')
    .option('--name <name>', 'name of the package; default: that of the directory')
    .option('--endpoint <which>', 'simulated (until OPENAI_API_KEY is set), openai, or the URL of another endpoint')
    .addOption(new Option('--package-manager <name>', 'whose commands are shown').choices(PACKAGE_MANAGERS))
    .option('--yes', 'ask nothing: take the default of what is not said')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print what was written as JSON, and ask nothing')
    .addHelpText('after', HELP)
    .action(async (directory: string, options: InitArguments) => {
      const { initProject } = await import('./init/init-project.ts');
      finish(await initProject(directory, options, context));
    });
}

const HELP = `
On a terminal it asks what the options do not say. Nothing is installed, and no file is overwritten
unless --force says so.

Examples:
  $ agl init my-agent
  $ agl init my-agent --yes --endpoint https://llm.example.com/v1

Exit status:
  0 when it is written; 2 if a file is there already, or it cannot be written there; 130 after
  Ctrl-C, with nothing written.
`;
