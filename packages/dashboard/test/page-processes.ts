import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The token of servers of tests. */
export const TOKEN = 'a-token-of-tests-0123456789';

/** Starts a search in a process of its own. It ends by itself, at the latest with the test. */
export function startSearch(runDirectory: string): ChildProcess {
  return start('small-search.ts', [runDirectory]);
}

/** Serves the page of a run in a process of its own, until the test ends, or it is killed. */
export async function servePage(runDirectory: string, port: number): Promise<ChildProcess> {
  const server = start('page-server.ts', [runDirectory, String(port), TOKEN]);
  await once(server.stdout!, 'data');
  return server;
}

function start(fixture: string, args: readonly string[]): ChildProcess {
  const script = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}
