import { readFileSync } from 'node:fs';
import type { PackageManager } from '../init.ts';
import { OPENAI, type ProjectAnswers } from './project-answers.ts';

/** A file of a new project. */
export interface ProjectFile {
  /** From the project's folder. */
  readonly path: (typeof PROJECT_PATHS)[number];
  readonly text: string;
  /** What it is, for a person. */
  readonly what: string;
}

/** How each package manager installs, and calls a command of a package. */
const COMMANDS: Readonly<Record<PackageManager, { readonly install: string; readonly agl: string }>> = {
  npm: { install: 'npm install', agl: 'npx agl' },
  pnpm: { install: 'pnpm install', agl: 'pnpm agl' },
  yarn: { install: 'yarn install', agl: 'yarn agl' },
};

/** What a user of the project types. */
export function commandsOf({ packageManager }: ProjectAnswers): { readonly install: string; readonly agl: string } {
  return COMMANDS[packageManager];
}

/** Which models a run of the project asks, as a sentence. */
export function modelsOf({ endpoint }: ProjectAnswers): string {
  return endpoint === 'simulated'
    ? 'Models are simulated until OPENAI_API_KEY is set, in the environment or a file .env: the search is real, its scores say nothing about language models.'
    : `Models are those of ${endpoint}: set OPENAI_API_KEY, in the environment or a file .env, and in models.ts what they are called.`;
}

/** The paths of {@link projectFiles}, whatever the answers. */
export const PROJECT_PATHS = [
  'agent.ts',
  'tasks/train.jsonl',
  'tasks/val.jsonl',
  'tasks/test.jsonl',
  'models.ts',
  'agl.config.ts',
  'package.json',
  'tsconfig.json',
  '.gitignore',
  'README.md',
] as const;

/** All files of a new project. Pure but for the templates that it reads. */
export function projectFiles(answers: ProjectAnswers): ProjectFile[] {
  const { name, endpoint } = answers;
  const { install, agl } = commandsOf(answers);
  const values = { name, endpoint, install, agl, models: modelsOf(answers) };
  const file = (path: ProjectFile['path'], template: string, what: string): ProjectFile => ({
    path,
    text: filled(readTemplate(template), values),
    what,
  });
  return [
    file('agent.ts', 'agent.ts', 'the agent and its score: what to change is marked'),
    file('tasks/train.jsonl', 'tasks/train.jsonl', 'tasks to learn from'),
    file('tasks/val.jsonl', 'tasks/val.jsonl', 'tasks to choose by'),
    file('tasks/test.jsonl', 'tasks/test.jsonl', 'tasks to believe the result'),
    file('models.ts', modelsTemplate(endpoint), 'which models are asked'),
    file('agl.config.ts', 'agl.config.ts', 'the search: algorithm, first prompt, limits'),
    { path: 'package.json', text: manifestOf(answers), what: 'what it depends on' },
    file('tsconfig.json', 'tsconfig.json', 'for editors'),
    file('.gitignore', 'gitignore', 'runs/ and .env stay out of git'),
    file('README.md', 'README.md', 'the commands'),
  ];
}

function modelsTemplate(endpoint: string): string {
  if (endpoint === 'simulated') return 'models.simulated.ts';
  return endpoint === OPENAI ? 'models.openai.ts' : 'models.endpoint.ts';
}

function manifestOf({ name }: ProjectAnswers): string {
  const version = `^${ownVersion()}`;
  return `${JSON.stringify(
    {
      name,
      private: true,
      type: 'module',
      engines: { node: '>=22.19' },
      scripts: { start: 'agl run', plan: 'agl plan' },
      dependencies: { '@agentlightning/simulated-llm': version, agentlightning: version, openai: '^7.0.0' },
      devDependencies: { '@types/node': '^24.0.0' },
    },
    null,
    2,
  )}\n`;
}

/** All packages of this framework have one. */
function ownVersion(): string {
  return (JSON.parse(readRelative('../../../package.json')) as { version: string }).version;
}

function readTemplate(name: string): string {
  return readRelative(`../../../template/${name}`);
}

/** As far from the built file as from the source. */
function readRelative(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
