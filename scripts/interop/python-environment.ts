import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Python with Agent Lightning for Python in it. */
export interface PythonEnvironment {
  /** The interpreter. */
  readonly python: string;
  /** Programs that packages installed, `agl` among them. */
  readonly programs: string;
  /** For example `3.11.7`. */
  readonly version: string;
}

/** What came of preparing an environment. Not `failed`: there is nothing wrong with this repository. */
export type Preparation =
  | { readonly kind: 'ready'; readonly environment: PythonEnvironment }
  | { readonly kind: 'unavailable' | 'failed'; readonly reason: string };

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

const DIRECTORY = fileURLToPath(new URL('../../node_modules/.cache/interop', import.meta.url));

/** Written when everything is installed. */
const MARKER = 'installed.json';

const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];

const INSTALL_MS = 900_000;

/** What pip says when it reaches no registry. */
const NO_NETWORK =
  /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|Network is unreachable|Temporary failure in name resolution/;

/** Where to look and to install. The defaults are those of `pnpm interop`. */
export interface EnvironmentPlace {
  /** In a folder that is never committed, and gone with the other installed packages. */
  readonly directory?: string;
  /** Interpreters to try, the first that will do is taken. */
  readonly candidates?: readonly string[];
  /** Of pip. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The environment that {@link preparePythonEnvironment} made, or `undefined` where there is none of these requirements. */
export function findPythonEnvironment({ directory = DIRECTORY }: EnvironmentPlace = {}): PythonEnvironment | undefined {
  const marker = join(directory, MARKER);
  if (!existsSync(marker)) return undefined;
  const { requirements } = JSON.parse(readFileSync(marker, 'utf8')) as { readonly requirements: string };
  if (requirements !== requirementsDigest()) return undefined;
  const programs = join(directory, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
  const python = join(programs, 'python');
  // The Python that it was made from may have been removed or upgraded since.
  const version = usableVersion(python);
  return version === undefined ? undefined : { python, programs, version };
}

/**
 * Takes the environment that there is, or makes one: finds Python 3.10 or newer, and installs `requirements.txt`, which may take minutes.
 * @param say - told what takes so long
 */
export async function preparePythonEnvironment(
  say: (text: string) => void,
  place: EnvironmentPlace = {},
): Promise<Preparation> {
  const found = findPythonEnvironment(place);
  if (found !== undefined) return { kind: 'ready', environment: found };

  const { directory = DIRECTORY, candidates = CANDIDATES, env = process.env } = place;
  const base = candidates.map((python) => ({ python, version: usableVersion(python) })).find(({ version }) => version);
  if (base === undefined) {
    return { kind: 'unavailable', reason: `no Python 3.10 or newer with venv, looked for ${candidates.join(', ')}` };
  }
  say(
    `Installing Agent Lightning for Python with Python ${base.version}: about a gigabyte, a minute or more, only once`,
  );
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const venv = join(directory, 'venv');
  const pip = [join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python'), '-m', 'pip', 'install'] as const;
  for (const step of [
    [base.python, '-m', 'venv', venv],
    // Where packets get lost without an answer, three minutes are enough to find out.
    [...pip, '--disable-pip-version-check', '--timeout', '60', '--retries', '2', '--requirement', REQUIREMENTS],
  ] as const) {
    const { code, output } = await runStep(step, env);
    if (code === 0) continue;
    const last = output.trim().split('\n').slice(-15).join('\n');
    if (NO_NETWORK.test(output)) return { kind: 'unavailable', reason: `no network to install from:\n${last}` };
    return { kind: 'failed', reason: `${step.join(' ')} ended with ${code}:\n${last}` };
  }
  writeFileSync(join(directory, MARKER), `${JSON.stringify({ requirements: requirementsDigest() })}\n`);
  const environment = findPythonEnvironment(place);
  if (environment === undefined) return { kind: 'failed', reason: `${venv} has no Python that runs` };
  return { kind: 'ready', environment };
}

function requirementsDigest(): string {
  return createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
}

/** Of a Python that runs, is 3.10 or newer and can make environments. A name on the PATH alone says none of it. */
function usableVersion(python: string): string | undefined {
  try {
    const script = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';
    const version = execFileSync(python, ['-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major === 3 && minor >= 10 ? version : undefined;
  } catch {
    return undefined;
  }
}

function runStep(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_MS, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => resolve({ code, output }));
  });
}
