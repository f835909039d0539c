// Packs every public package as it would be published, checks the tarballs, then does what a new user does: installs them with npm
// in an empty project, runs the first example of the README, and starts a store by the command `agl` of each package that has it. Then it has `agl init` write a
// project, and searches in that.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import { runFirstExample } from './readme-example.ts';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'agl-packages-'));
try {
  const tarballs = packAll();
  for (const tarball of tarballs) check(tarball);
  installInEmptyProject(tarballs);
  for (const name of ['agentlightning', '@agentlightning/cli']) await startStore(join(work, 'project'), name);
  searchInNewProject(join(work, 'project'), tarballs);
  const server = await startSimulatedLlm({
    apiKey: 'test-key',
    aliases: { 'gpt-5-mini': 'sim-critic', 'gpt-4.1-mini': 'sim-editor', 'gpt-4.1-nano': 'sim-agent-weak' },
  });
  try {
    await runFirstExample({ project: join(work, 'project'), baseUrl: server.baseUrl, apiKey: 'test-key' });
  } finally {
    await server.close();
  }
  console.log(
    `${tarballs.length} packages are fit to publish; the README's first example runs from them, and so does what agl init writes`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

function packAll(): string[] {
  const out = join(work, 'tarballs');
  mkdirSync(out);
  for (const name of readdirSync(join(root, 'packages'))) {
    const directory = join(root, 'packages', name);
    if (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).private === true) continue;
    run('pnpm', ['pack', '--pack-destination', out], directory);
  }
  return readdirSync(out).map((file) => join(out, file));
}

function check(tarball: string): void {
  run('publint', ['--strict', tarball], root);
  run('attw', ['--profile', 'esm-only', '--format', 'ascii', tarball], root);
}

function installInEmptyProject(tarballs: readonly string[]): void {
  const project = join(work, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'new-user', private: true }));
  run('npm', ['pkg', 'set', 'type=module'], project);
  run('npm', ['install', '--no-audit', '--no-fund', 'openai@7', ...tarballs], project);
}

/** Starts `agl store` as the package has it, asks it whether it is well, and ends it. */
async function startStore(project: string, name: string): Promise<void> {
  const directory = join(project, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { bin: { agl: string } };
  const program = join(directory, bin.agl);
  const child = spawn(process.execPath, [program, 'store', '--port', '0', '--json'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const said = await Promise.race([once(child.stdout, 'data'), exited.then(() => undefined)]);
    if (said === undefined) throw new Error(`${program} ended before it listened`);
    const { url, store } = JSON.parse(String(said[0])) as { url: string; store: string };
    const health = await fetch(`${url}/v1/agl/health`);
    if (!health.ok) throw new Error(`${program} answers ${health.status}`);
    const [, script] = /src="\.(\/assets\/[^"]+\.js)"/.exec(await (await fetch(url)).text()) ?? [];
    if (script === undefined || !(await fetch(`${url}${script}`)).ok) throw new Error(`${program} serves no page`);
    if (!existsSync(store)) throw new Error(`${program} has made no ${store}`);
  } finally {
    child.kill('SIGTERM');
  }
  const [code] = (await exited) as [number | null];
  if (code !== 143) throw new Error(`${program} ended with ${code} instead of 143`);
  // What npx starts: the link that npm has made.
  run(join(project, 'node_modules/.bin/agl'), ['--version'], project);
}

/** What somebody does who begins: a project by `agl init`, its search, and the prompt that it found. The models are simulated, and no key is there. */
function searchInNewProject(from: string, tarballs: readonly string[]): void {
  const project = join(work, 'searching');
  run(join(from, 'node_modules/.bin/agl'), ['init', project, '--yes'], from);
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], project);
  const agl = (...args: string[]) => run(join(project, 'node_modules/.bin/agl'), args, project);
  agl('plan');
  // Stopped by its budget, it goes on by the command that the package installs.
  const stopped = spawnSync(join(project, 'node_modules/.bin/agl'), ['run', '--budget-rollouts', '100'], {
    cwd: project,
    env: withoutKey(),
    encoding: 'utf8',
  });
  if (stopped.status !== 5)
    throw new Error(`agl run ended with ${stopped.status} instead of 5 at its budget\n${stopped.stderr}`);
  const [name] = readdirSync(join(project, 'runs'));
  const text = agl('resume', name!, '--budget-rollouts', '1000');
  const { heldOut, label } = JSON.parse(readFileSync(join(project, 'runs', name!, 'result.json'), 'utf8'));
  if (heldOut?.verdict !== 'better' || label !== 'simulated models' || !text.includes('(simulated models)')) {
    throw new Error(
      `The search of a new project finds no better prompt, or does not say that it is simulated\n${text}`,
    );
  }
  const { best_prompt_template: best } = JSON.parse(
    readFileSync(join(project, 'runs', name!, 'best_prompt.json'), 'utf8'),
  );
  if (agl('export') !== best.template) throw new Error('agl export prints another prompt');
}

/** What a key in the environment would turn into a search on real models. */
function withoutKey(): NodeJS.ProcessEnv {
  const { OPENAI_API_KEY: _, ...env } = process.env;
  return env;
}

function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, { cwd, env: withoutKey(), encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed\n${stdout}\n${stderr}`);
  }
}
