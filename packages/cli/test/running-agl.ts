import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The program as it is started in the repository. */
export const AGL = fileURLToPath(new URL('../src/agl.ts', import.meta.url));

/** What `agl store --json` prints once it listens. */
export interface ListeningLine {
  readonly event: 'listening';
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly store: string;
  readonly auth: boolean;
  readonly token?: string;
}

/** How a process ended, and all it said. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real `agl` process that the end of the test ends at the latest. */
export interface RunningAgl {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: (stream: 'stdout' | 'stderr') => string;
  /** Resolves with its next line on standard output; rejects if it ends before. */
  readonly line: () => Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Starts `agl` with these arguments. The environment is this one without what speaks to `agl`. */
export function startAgl(
  args: readonly string[],
  options: { readonly env?: Record<string, string | undefined>; readonly cwd?: string } = {},
): RunningAgl {
  const { AGL_TOKEN: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [AGL, ...args], {
    cwd: options.cwd ?? emptyFolder(),
    env: { ...inherited, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    ...said,
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  let read = 0;
  const line = async (): Promise<string> => {
    while (!said.stdout.includes('\n', read)) {
      const end = await Promise.race([ended, once(child.stdout, 'data').then(() => undefined)]);
      if (end !== undefined && !said.stdout.includes('\n', read)) {
        throw new Error(`agl ended with ${end.code ?? end.signal} before it said a line: ${end.stderr}`);
      }
    }
    const start = read;
    read = said.stdout.indexOf('\n', start) + 1;
    return said.stdout.slice(start, read - 1);
  };
  return { child, said: (stream) => said[stream], line, ended };
}

/** Starts `agl store --json` on a free port and waits until it listens. */
export async function startStore(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Promise<RunningAgl & { readonly listening: ListeningLine }> {
  const agl = startAgl(['store', '--port', '0', '--json', ...args], options);
  return { ...agl, listening: JSON.parse(await agl.line()) as ListeningLine };
}

/** A folder that is gone when the test ends. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agl-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
