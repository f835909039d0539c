import { basename, resolve } from 'node:path';
import { CliError } from '../../exit-codes.ts';
import type { Prompter } from '../../prompter.ts';
import { type InitArguments, PACKAGE_MANAGERS, type PackageManager } from '../init.ts';

/** What a new project depends on. */
export interface ProjectAnswers {
  readonly name: string;
  /** `simulated`: until there is a key. Otherwise the URL of an endpoint. */
  readonly endpoint: string;
  readonly packageManager: PackageManager;
}

const WHICH_MODELS = `Which models does it ask?
  simulated   a program that answers by rules, until OPENAI_API_KEY is set
  openai      those of OpenAI
  a URL       of another OpenAI-compatible endpoint
Models`;

/** Where OpenAI serves its models. */
export const OPENAI = 'https://api.openai.com/v1';

/** What the command line leaves open is asked, or has its default where nobody can be. @throws CliError for what cannot be */
export async function projectAnswers(
  directory: string,
  given: InitArguments,
  {
    prompter,
    env,
  }: { readonly prompter: Prompter | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ProjectAnswers> {
  const answer = async <T>({ value, question, fallback, parse }: Question<T>): Promise<T> => {
    if (value !== undefined || prompter === undefined) return parsed(parse, value ?? fallback);
    let asked = question;
    for (;;) {
      const text = await prompter.ask(`${asked} (${fallback}) `);
      const result = parse(text === '' ? fallback : text);
      if (!('problem' in result)) return result.value;
      asked = `${result.problem}. Once more:`;
    }
  };
  return {
    name: await answer({
      value: given.name,
      question: 'What is the project called?',
      fallback: nameFrom(basename(resolve(directory))),
      parse: parseName,
    }),
    endpoint: await answer({
      value: given.endpoint,
      question: WHICH_MODELS,
      fallback: 'simulated',
      parse: parseEndpoint,
    }),
    packageManager: await answer({
      value: given.packageManager,
      question: `Whose commands are to be shown: ${PACKAGE_MANAGERS.join(', ')}?`,
      fallback: PACKAGE_MANAGERS.find((name) => env['npm_config_user_agent']?.startsWith(`${name}/`)) ?? 'npm',
      parse: parsePackageManager,
    }),
  };
}

type Parsed<T> = { readonly value: T } | { readonly problem: string };

interface Question<T> {
  /** Of the command line. */
  readonly value: string | undefined;
  readonly question: string;
  readonly fallback: string;
  readonly parse: (text: string) => Parsed<T>;
}

function parsed<T>(parse: (text: string) => Parsed<T>, text: string): T {
  const result = parse(text);
  if ('problem' in result) throw new CliError(result.problem);
  return result.value;
}

function parseName(text: string): Parsed<string> {
  if (text.length <= 214 && /^(?:@[a-z\d~-][a-z\d._~-]*\/)?[a-z\d~-][a-z\d._~-]*$/.test(text)) return { value: text };
  return { problem: `A name of a package has small letters, digits, and - . _ between them: '${text}' is none` };
}

function parseEndpoint(text: string): Parsed<string> {
  if (text === 'simulated') return { value: text };
  if (text === 'openai') return { value: OPENAI };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return {
      problem: `Models are simulated, openai, or at a URL such as http://localhost:11434/v1: '${text}' is none`,
    };
  }
  // It is written into a file.
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    return { problem: 'Leave keys out of the URL, and set OPENAI_API_KEY: the URL is written into a file' };
  }
  return { value: url.href.replace(/\/$/, '') };
}

function parsePackageManager(text: string): Parsed<PackageManager> {
  const value = PACKAGE_MANAGERS.find((name) => name === text);
  return value === undefined ? { problem: `It is one of ${PACKAGE_MANAGERS.join(', ')}` } : { value };
}

/** A directory may be called anything. */
function nameFrom(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'my-agent' : name;
}
