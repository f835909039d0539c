import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BestPromptDocument, isLightningError, loadBestPrompt, type PromptTemplate } from '@agentlightning/core';
import { scoreText } from '@agentlightning/core/run';
import { readRun, shownPath, visibleLine, visibleText } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import type { ExportArguments } from '../export.ts';
import { runPath } from '../run-path.ts';
import { type Origin, promptModule } from './prompt-module.ts';

/** Prints the best prompt of a run, or writes it into a file. @returns the exit status */
export async function exportPrompt(
  given: string | undefined,
  { format, json, out, force }: ExportArguments,
  { stdout, stderr, env }: Pick<CliContext, 'stdout' | 'stderr' | 'env'>,
): Promise<number> {
  if (force && out === undefined) throw new CliError('--force overwrites the file of --out: name that too');
  const path = await runPath(given, { env, stderr });
  const isRun = statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false;
  const run = isRun ? await readRun(path) : undefined;
  const { prompt, document } = await readBest(isRun ? join(path, 'best_prompt.json') : path, run?.directory);
  const origin = { runId: run?.runId ?? null, label: run?.label ?? null, document };
  const text = json ? lineOf(prompt, { ...origin, status: run?.status ?? null }) : textOf(format, prompt, origin);
  if (out !== undefined) {
    await writeNew(out, text, force === true);
    stderr.write(`${whatItIs(origin)} is in ${shownPath(resolve(out))}\n`);
  }
  if (out === undefined) stdout.write(stdout.isTTY === true ? `${visibleText(text).replace(/\n$/, '')}\n` : text);
  if (run !== undefined && run.status !== 'completed') {
    stderr.write(`The run is not at its end (${run.status}): this is its best prompt so far\n`);
  }
  return EXIT_CODES.done;
}

function whatItIs({ runId, label, document }: Origin): string {
  const { best_version: version, best_score: score } = document;
  const facts = [version, typeof score === 'number' ? scoreText(score) : null, label].filter((fact) => fact != null);
  const of = runId === null ? '' : ` of ${runId}`;
  return visibleLine(`The best prompt${of}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`);
}

async function readBest(
  file: string,
  directory: string | undefined,
): Promise<{ readonly prompt: PromptTemplate; readonly document: BestPromptDocument }> {
  try {
    const prompt = await loadBestPrompt(file);
    return {
      prompt,
      document: JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as BestPromptDocument,
    };
  } catch (error) {
    if (directory === undefined || !isLightningError(error, 'NOT_FOUND')) throw error;
    throw new CliError(`The run in ${directory} has no best prompt: nothing has been scored in it yet`);
  }
}

function textOf(format: ExportArguments['format'], prompt: PromptTemplate, origin: Origin): string {
  switch (format) {
    case 'text':
      return prompt.template;
    case 'json':
      return `${JSON.stringify(origin.document, null, 2)}\n`;
    case 'ts':
      return promptModule(prompt, origin);
    default:
      return format satisfies never;
  }
}

/** For programs: everything that is known of it. */
function lineOf(
  prompt: PromptTemplate,
  { runId, status, label, document }: Origin & { readonly status: string | null },
): string {
  const { template, engine } = prompt;
  const { best_score: score, best_version: version } = document;
  return `${JSON.stringify({ runId, status, label, template, engine, placeholders: prompt.placeholders(), score, version })}\n`;
}

async function writeNew(path: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: isForced ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === 'EEXIST' ? 'it is there already. Overwrite it by --force' : message;
    throw new CliError(`Cannot write ${resolve(path)}: ${problem}`, EXIT_CODES.usage, { cause: error });
  }
}
