import { Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';

const REPORT_FORMATS = ['html', 'md', 'both'] as const;

/** What the command line says. */
export interface ReportArguments {
  readonly format: (typeof REPORT_FORMATS)[number];
  readonly out?: string;
  readonly json?: true;
}

/** `agl report`: a run as a file to send to a colleague. */
export function reportCommand(context: CliContext, finish: (exitCode: number) => void): Command {
  return new Command('report')
    .description('Write what a run came to into a file to send to a colleague')
    .argument('[run]', 'directory of the run, or its name where agl runs looks; default: the newest there')
    .addOption(
      new Option('--format <format>', 'html, one page that needs nothing else; md, a summary for a pull request; both')
        .choices(REPORT_FORMATS)
        .default('both'),
    )
    .option('--out <path>', 'a folder to write to, or a file for one format; default: the directory of the run')
    .option('--json', 'print the paths as one line of JSON')
    .addHelpText('after', HELP)
    .action(async (run: string | undefined, options: ReportArguments) => {
      const { writeReport } = await import('./report/write-report.ts');
      finish(await writeReport(run, options, context));
    });
}

const HELP = `
It has the prompt before and after, the verdict with all it rests on, the score curve, what was
fixed and broken task by task, findings, cost, and how to reproduce it. The page loads nothing and
runs nothing, and has prompts, critiques and tasks in it: send it to those who may read them. A run
that is running, or was stopped, gets a report that says so. A report that is there is written anew.

Examples:
  $ agl report
      the newest run
  $ agl report runs/run-20260112-143052-1f3a9c07 --format html --out search.html

Exit status:
  2 if there is no such run, or the file cannot be written; 3 if a file of the run is damaged.
`;
