import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isLightningError } from '@agentlightning/core';
import { moduleTexts } from '../run-directory/module-tree.ts';
import { shownPath } from '../shown-path.ts';
import { configError } from './config-error.ts';
import { findConfig } from './find-config.ts';

/** A config that takes longer, to start what it needs, is not waited for. */
const PATIENCE_MS = 20_000;

/** What a thread answers that has loaded a config. */
type Answer = { readonly runsDirectory: unknown } | { readonly problem: string };

/** In one of its own, so that nothing that the config starts or leaves open outlives the question. */
const THREAD = `const { parentPort, workerData } = require('node:worker_threads');
import(workerData.url)
  .then(async ({ default: exported }) => {
    const config = typeof exported === 'function' ? await exported() : exported;
    await config?.close?.();
    parentPort.postMessage({ runsDirectory: typeof config?.runsDirectory === 'string' ? config.runsDirectory : null });
  })
  .catch((error) => parentPort.postMessage({ problem: String(error?.message ?? error) }));`;

/**
 * Where the config of a folder has runs kept, for commands that look for them. Only a config with the word `runsDirectory` in it, or in a file that it imports by a
 * relative path, is loaded for that. What else is wrong with it does not matter here, and what it prints is not shown.
 *
 * @returns an absolute path; `undefined` if there is no config, or it does not say
 * @throws LightningError `CONFIG_INVALID` if it cannot be loaded
 */
export async function configRunsDirectory(
  folder = '.',
  { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {},
): Promise<string | undefined> {
  const path = configIn(folder);
  if (path === undefined) return undefined;
  const url = pathToFileURL(path).href;
  if (!moduleTexts(url).some(({ text }) => text.includes('runsDirectory'))) return undefined;
  const answer = await askThread(url, patienceMs);
  if ('problem' in answer) throw configError({ path: shownPath(path), field: null }, answer.problem);
  const { runsDirectory } = answer;
  return typeof runsDirectory === 'string' && runsDirectory !== '' ? resolve(dirname(path), runsDirectory) : undefined;
}

function configIn(folder: string): string | undefined {
  try {
    return findConfig(folder);
  } catch (error) {
    if (isLightningError(error) && error.details['reason'] === 'none') return undefined;
    throw error;
  }
}

async function askThread(url: string, patienceMs: number): Promise<Answer> {
  const thread = new Worker(THREAD, { eval: true, workerData: { url }, stdout: true, stderr: true });
  const timeout = AbortSignal.timeout(patienceMs);
  try {
    const answered = once(thread, 'message', { signal: timeout }).then(([answer]) => answer as Answer);
    const ended = once(thread, 'exit').then(([code]): Answer => ({ problem: `it ended its process with ${code}` }));
    return await Promise.race([answered, ended]);
  } catch (error) {
    if (timeout.aborted) return { problem: `it is not loaded after ${patienceMs / 1000} s` };
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await thread.terminate();
  }
}
