import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { systemClock, writeFileAtomic } from '@agentlightning/core';
import { shownPath } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { htmlReport } from '../../report/html-report.ts';
import { markdownReport } from '../../report/markdown-report.ts';
import { readReportData } from '../../report/report-data.ts';
import type { ReportArguments } from '../report.ts';
import { runPath } from '../run-path.ts';

/** As the files of the run: prompts and tasks are nobody else's business until somebody sends them. */
const PRIVATE_FILE = 0o600;

/** Writes the report of a run. @returns the exit status */
export async function writeReport(
  run: string | undefined,
  { format, out, json }: ReportArguments,
  { stdout, env }: Pick<CliContext, 'stdout' | 'env'>,
): Promise<number> {
  const data = await readReportData(await runPath(run, { env }), systemClock.now());
  const paths = pathsOf(format, out === undefined ? undefined : resolve(out), data.details.directory);
  if (paths.html !== undefined) await write(paths.html, htmlReport(data));
  if (paths.md !== undefined) await write(paths.md, markdownReport(data));
  if (json) stdout.write(`${JSON.stringify(paths)}\n`);
  else for (const path of Object.values(paths)) stdout.write(`${shownPath(path)}\n`);
  return EXIT_CODES.done;
}

function pathsOf(
  format: ReportArguments['format'],
  out: string | undefined,
  directory: string,
): { readonly html?: string; readonly md?: string } {
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
