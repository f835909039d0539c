import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { parsePort } from './serving/parse-port.ts';

/** What the command line says. */
export interface UiArguments {
  readonly port: number;
  /** `false` with `--no-open`. */
  readonly open: boolean;
  readonly json?: true;
}

/** `agl ui`: shows a run in a browser, while it runs or afterwards. */
export function uiCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('ui')
    .description('Show a run in a browser, live or afterwards')
    .argument('[run]', 'directory of the run, or its name where agl runs looks; default: the newest there')
    .option('--port <port>', 'port to listen on, 0 for a free one', parsePort, 0)
    .option('--no-open', 'open no browser')
    .option('--json', 'print the line that says where it listens as JSON, and open no browser')
    .addHelpText('after', HELP)
    .action(async (run: string | undefined, options: UiArguments) => {
      const { showRun } = await import('./ui/show-run.ts');
      finish(await showRun(run, options, context));
    });
}

const HELP = `
Nothing is changed: the run's files are read, also while a process works on it. The page is
served to this machine alone, and asks for the token that is in the URL which is printed; or
for that of the variable AGL_TOKEN, with which pages that are open go on after a restart.

Examples:
  $ agl ui
      the newest run
  $ agl ui runs/run-20260112-143052-1f3a9c07 --port 8080

Exit status:
  130, 143 or 129 after Ctrl-C, SIGTERM or the end of its terminal; 2 if there is no such run;
  3 if a file of it cannot be read; 4 if somebody else has the port; 1 for a defect.
`;
