import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock, writeFileAtomic } from '@agentlightning/core';
import { type RunStatus, shellWord } from '@agentlightning/core/run';
import { shownPath, visibleLine } from '@agentlightning/trainer/runs';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { htmlReport } from '../../report/html-report.ts';
import { markdownReport } from '../../report/markdown-report.ts';
import { type ReportData, readReportData } from '../../report/report-data.ts';
import { standingOf, titleOf } from '../../report/report-facts.ts';
import type { ReportArguments } from '../report.ts';
import { runPath } from '../run-path.ts';

/** As the files of the run: prompts and tasks are nobody else's business until somebody sends them. */
const PRIVATE_FILE = 0o600;

/** Writes the report of a run. @returns the exit status */
export async function writeReport(
  run: string | undefined,
  { format, out, json }: ReportArguments,
  { stdout, stderr, env }: Pick<CliContext, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  const data = await readReportData(await runPath(run, { env, stderr }), systemClock.now());
  const paths = pathsOf(format, out === undefined ? undefined : resolve(out), data.details.directory);
  if (paths.html !== undefined) await write(paths.html, htmlReport(data));
  if (paths.md !== undefined) await write(paths.md, markdownReport(data));
  if (json) stdout.write(`${JSON.stringify(paths)}\n`);
  else stdout.write(whatIsWritten(paths, data, env));
  return EXIT_CODES.done;
}

interface ReportPaths {
  readonly html?: string;
  readonly md?: string;
}

/** What each file is, and what comes next. */
function whatIsWritten({ html, md }: ReportPaths, data: ReportData, env: CliContext['env']): string {
  const { directory, status } = data.details;
  const files = [
    ...(html === undefined
      ? []
      : [{ path: shownPath(html), what: 'one page that loads nothing, to be sent as it is' }]),
    ...(md === undefined ? [] : [{ path: shownPath(md), what: 'a summary, for a pull request' }]),
  ];
  const width = Math.max(...files.map(({ path }) => path.length));
  return [
    visibleLine(`${titleOf(data)} (${standingOf(data).word})`),
    ...files.map(({ path, what }) => `  ${path.padEnd(width)}   ${what}`),
    ...(html === undefined ? [] : [`To look at: ${pathToFileURL(html).href}`]),
    'It has prompts, critiques and tasks in it: send it to those who may read them',
    ...stepOf(status, (command) => `${callOf(env)} ${command} ${shellWord(shownPath(directory))}`),
    '',
  ].join('\n');
}

/** What is left to do with a run that is not at its end. */
function stepOf(status: RunStatus, call: (command: string) => string): readonly string[] {
  if (status === 'completed') return [];
  return [
    status === 'running'
      ? `The run is going on: ${call('report')} writes it anew`
      : `The run can go on: ${call('resume')}`,
  ];
}

function pathsOf(format: ReportArguments['format'], out: string | undefined, directory: string): ReportPaths {
  const isFolder = out === undefined || extname(out) === '' || statSync(out, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder) {
    const folder = out ?? directory;
    return {
      ...(format === 'md' ? {} : { html: join(folder, 'report.html') }),
      ...(format === 'html' ? {} : { md: join(folder, 'report.md') }),
    };
  }
  if (format === 'both') {
    throw new CliError(`Cannot write two reports into one file as '--out' is ${out}: name a folder, or one --format`);
  }
  return { [format]: out };
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text, { mode: PRIVATE_FILE });
  } catch (error) {
    throw new CliError(`Cannot write ${path}: ${(error as Error).message}`, EXIT_CODES.usage, { cause: error });
  }
}
