import { Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';

/** The forms in which a prompt leaves a run. */
const EXPORT_FORMATS = ['text', 'json', 'ts'] as const;

/** What the command line says. */
export interface ExportArguments {
  readonly format: (typeof EXPORT_FORMATS)[number];
  readonly json?: true;
  readonly out?: string;
  readonly force?: true;
}

/** `agl export`: the best prompt of a run, for whatever uses it. */
export function exportCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('export')
    .description('Print the best prompt as text, JSON, or a typed module')
    .argument(
      '[run]',
      'directory of the run, or its name where agl runs looks; default: the newest there. Or a file that has a best prompt',
    )
    .addOption(
      new Option(
        '--format <format>',
        'text; json, which loadBestPrompt() reads; ts, a module that takes the placeholders',
      )
        .choices(EXPORT_FORMATS)
        .default('text'),
    )
    .addOption(
      new Option('--json', 'print a line of JSON with the prompt, its placeholders, its score and the run').conflicts(
        'format',
      ),
    )
    .option('--out <file>', 'write it there instead of printing it')
    .option('--force', 'overwrite that file')
    .addHelpText('after', HELP)
    .action(async (run: string | undefined, options: ExportArguments) => {
      const { exportPrompt } = await import('./export/export-prompt.ts');
      finish(await exportPrompt(run, options, context));
    });
}

const HELP = `
A run that is running or was stopped has the best prompt so far. Text is exactly the template, with
no line break added at its end. On a terminal one is, and control characters are written out.

Examples:
  $ agl export
      that of the newest run
  $ agl export runs/run-20260112-143052-1f3a9c07 --format ts --out src/room-prompt.ts

Exit status:
  2 if there is no such run, it has no best prompt, or the file is there already.
`;
