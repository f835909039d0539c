import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RequestRecord, SimulatedLlmStats } from './call-log.ts';
import type { StartedMessage, StartMessage } from './server-process-messages.ts';
import type { SimulatedLlm } from './simulated-llm.ts';
import { resolveOptions, type SimulatedLlmOptions } from './simulated-llm-options.ts';

/**
 * Starts the server in a process of its own, which prints a banner to standard error and dies with this one, however this one ends.
 * It doesn't keep this process alive.
 * @throws TypeError, RangeError for wrong options, before a process is started; Error when the process could not start or listen
 */
export async function spawnSimulatedLlm(options: SimulatedLlmOptions = {}): Promise<SimulatedLlm & { pid: number }> {
  resolveOptions(options);
  const child = fork(serverProcessPath(), [], {
    // Flags of this process (a debugger's port, a test runner's loader) are not for the server.
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  child.send({ kind: 'start', options } satisfies StartMessage);
  const url = await listeningUrl(child);
  child.unref();
  child.channel?.unref();
  const ask = async <T>(method: string, path: string): Promise<T> => {
    const response = await fetch(`${url}/admin/${path}`, {
      method,
      headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
    });
    if (!response.ok) throw new Error(`Cannot ask the simulated model server for '${path}': status ${response.status}`);
    return (await response.json()) as T;
  };
  return {
    url,
    baseUrl: `${url}/v1`,
    pid: child.pid as number,
    stats: () => ask<SimulatedLlmStats>('GET', 'stats'),
    requests: () => ask<RequestRecord[]>('GET', 'requests'),
    resetStats: async () => void (await ask('POST', 'reset')),
    close: async () => {
      if (child.connected) {
        child.ref();
        child.disconnect();
      }
      await exited;
    },
  };
}

/** The sibling with the same extension: `.ts` when run from the sources, `.js` when built. */
function serverProcessPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./server-process.${extension}`, import.meta.url));
}

async function listeningUrl(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<StartedMessage>();
  child.once('message', (message: StartedMessage) => resolve(message));
  child.once('error', reject);
  child.once('exit', (code) =>
    reject(new Error(`The simulated model server's process ended with code ${String(code)}`)),
  );
  const message = await promise;
  if (message.kind === 'listening') return message.url;
  child.disconnect();
  throw Object.assign(new Error(`Cannot start the simulated model server: ${message.message}`), { code: message.code });
}
