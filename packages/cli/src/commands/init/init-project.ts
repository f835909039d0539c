import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { shellWord } from '@agentlightning/core/run';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import type { InitArguments } from '../init.ts';
import { type ProjectAnswers, projectAnswers } from './project-answers.ts';
import { commandsOf, modelsOf, PROJECT_PATHS, type ProjectFile, projectFiles } from './project-files.ts';

/** Asks, checks, and only then writes. @returns the exit status */
export async function initProject(directory: string, given: InitArguments, context: CliContext): Promise<number> {
  const folder = resolve(directory);
  refuseUnwritable(folder);
  if (given.force !== true) refuseToOverwrite(folder, PROJECT_PATHS);
  const answers = await askFor(directory, given, context);
  const files = projectFiles(answers);
  write(folder, files, given.force === true);
  context.stdout.write(
    given.json
      ? `${JSON.stringify({ directory: folder, ...answers, files: files.map(({ path }) => path) })}\n`
      : report(folder, files, { answers, env: context.env }),
  );
  return EXIT_CODES.done;
}

async function askFor(directory: string, given: InitArguments, context: CliContext): Promise<ProjectAnswers> {
  const isAsking = given.yes !== true && given.json !== true;
  const prompter = isAsking ? context.openPrompter?.() : undefined;
  try {
    return await projectAnswers(directory, given, { prompter, env: context.env });
  } finally {
    prompter?.close();
  }
}

/** What is there of the folder, or above it, must be a folder in which something can be made. */
function refuseUnwritable(folder: string): void {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  if (!statSync(existing).isDirectory())
    throw new CliError(`Cannot write a project into ${folder}: ${existing} is a file`);
  try {
    accessSync(existing, constants.W_OK);
  } catch (error) {
    throw new CliError(`Cannot write a project into ${folder}: ${existing} cannot be written`, EXIT_CODES.usage, {
      cause: error,
    });
  }
}

function refuseToOverwrite(folder: string, paths: readonly string[]): void {
  const there = paths.filter((path) => existsSync(join(folder, path)));
  if (there.length === 0) return;
  const named = there.length <= 4 ? there.join(', ') : `${there.slice(0, 3).join(', ')} and ${there.length - 3} more`;
  throw new CliError(
    `Nothing was written, as ${folder} has ${named} already. Choose another directory, or overwrite them by --force`,
  );
}

function write(folder: string, files: readonly ProjectFile[], isForced: boolean): void {
  for (const { path, text } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    // What somebody else has made since it was looked for is left alone as well.
    writeFileSync(file, text, { flag: isForced ? 'w' : 'wx' });
  }
}

/** Whether what the project imports is found from there without being installed. */
function hasPackages(folder: string): boolean {
  const require = createRequire(join(folder, 'agl.config.ts'));
  try {
    for (const name of ['agentlightning', '@agentlightning/simulated-llm', 'openai']) require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function report(
  folder: string,
  files: readonly ProjectFile[],
  { answers, env }: { readonly answers: ProjectAnswers; readonly env: CliContext['env'] },
): string {
  const shown = relative('.', folder);
  const { install, agl } = commandsOf(answers);
  const isReal = answers.endpoint === 'simulated' && Boolean(env['OPENAI_API_KEY']);
  const width = Math.max(...files.map(({ path }) => path.length));
  return [
    `The project ${answers.name} is in ${shown === '' ? 'this folder' : shown}`,
    ...files.map(({ path, what }) => `  ${path.padEnd(width)}  ${what}`.trimEnd()),
    '',
    'Next',
    ...(hasPackages(folder)
      ? // As in a clone of this repository, or below a project that has them.
        [`  ${callOf(env)} run ${shellWord(shown === '' ? '.' : shown)}`]
      : [...(shown === '' ? [] : [`  cd ${shellWord(shown)}`]), `  ${install}`, `  ${agl} run`]),
    '',
    modelsOf(answers),
    ...(isReal
      ? ['It is set here: this search would ask real models. Empty it to try it without: OPENAI_API_KEY=']
      : []),
    '',
  ].join('\n');
}
