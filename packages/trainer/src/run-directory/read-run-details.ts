import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLightningError, type Json, LightningError } from '@agentlightning/core';
import type { RunDetails } from '@agentlightning/core/run';
import { redactorOf } from '@agentlightning/runner';
import { BEST_PROMPT_FILE, RESULT_FILE } from './file-names.ts';
import { readRun } from './read-run.ts';
import { readHeader } from './run-directory.ts';
import type { RunHeader } from './run-header.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * Reads all that the files of a run say about it besides its events, also while it is running. No secrets: the files hold none that were known when they were written,
 * and what is named like one is left out here.
 *
 * @throws LightningError as `readRun()`
 */
export async function readRunDetails(path: string): Promise<RunDetails> {
  const { command, ...run } = await readRun(path);
  const header = await readHeader(run.directory);
  if (header === undefined) throw noRun(run.directory);
  const { fingerprint } = header;
  const details: RunDetails = {
    runId: run.runId,
    directory: run.directory,
    status: run.status,
    pid: run.pid,
    algorithm: run.algorithm,
    agent: header.agent,
    label: run.label,
    algorithmOptions: fingerprint['algorithm_options'] ?? null,
    datasets: {
      train: rowsOf(fingerprint['train_dataset']),
      val: rowsOf(fingerprint['val_dataset']),
      test: rowsOf(fingerprint['test_dataset']),
    },
    datasetHashes: {
      train: hashOf(fingerprint['train_dataset']),
      val: hashOf(fingerprint['val_dataset']),
      test: hashOf(fingerprint['test_dataset']),
    },
    initialResources: shownResources(fingerprint['initial_resources']),
    rolloutConfig: fingerprint['rollout'] ?? null,
    seed: typeof fingerprint['seed'] === 'number' ? fingerprint['seed'] : null,
    version: typeof fingerprint['version'] === 'string' ? fingerprint['version'] : null,
    startTime: run.startTime,
    command: shownCommand(command),
    forced: header.forced,
    bestScore: run.bestScore,
    bestVersion: run.bestVersion,
    rollouts: run.rollouts,
    spend: run.spend,
    budget: run.budget,
    stopReason: run.stopReason,
    result: await readResult(run.directory),
  };
  return JSON.parse(JSON.stringify(details, withoutSecrets(redactorOf([])))) as RunDetails;
}

/** The file of the best prompt so far, as text; `undefined` as long as there is none. */
export async function readBestPromptText(directory: string): Promise<string | undefined> {
  return await textOf(join(directory, BEST_PROMPT_FILE));
}

/**
 * The directory of the run below `parent` that began last. Runs whose header cannot be read are passed over.
 * @throws LightningError `NOT_FOUND` if there is none
 */
export async function newestRun(parent: string): Promise<string> {
  let newest: { readonly directory: string; readonly startTime: number } | undefined;
  for (const name of await readdir(parent).catch(() => [])) {
    const directory = join(parent, name);
    const header = await readHeader(directory).catch(() => undefined);
    if (header === undefined || header.start_time <= (newest?.startTime ?? -Infinity)) continue;
    newest = { directory, startTime: header.start_time };
  }
  if (newest === undefined) throw noRun(resolve(parent));
  return newest.directory;
}

function noRun(path: string): LightningError {
  return new LightningError('NOT_FOUND', `There is no run in ${path}`, { details: { path } });
}

/** Of a header that another version may have written. */
function rowsOf(dataset: Json | undefined): number | null {
  const { rows } = Object(dataset) as { rows?: unknown };
  return typeof rows === 'number' ? rows : null;
}

function hashOf(dataset: Json | undefined): string | null {
  const { hash } = Object(dataset) as { hash?: unknown };
  return typeof hash === 'string' ? hash : null;
}

function shownResources(resources: Json | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object(resources) as Record<string, unknown>).flatMap(([name, resource]) => {
      const { shown } = Object(resource) as { shown?: unknown };
      return typeof shown === 'string' ? [[name, shown]] : [];
    }),
  );
}

/** `--api-key=…`, or `--api-key` and the value behind it. */
const SECRET_OPTION = /^--?[\w-]*(?:key|token|secret|password|credential)[\w-]*$/i;

function shownCommand(command: RunHeader['command']): RunDetails['command'] {
  const args = command.arguments.map((argument, index) => {
    const [name = '', ...value] = argument.split('=');
    if (value.length > 0 && SECRET_OPTION.test(name)) return `${name}=***`;
    const before = command.arguments[index - 1];
    return before !== undefined && SECRET_OPTION.test(before) && !argument.startsWith('-') ? '***' : argument;
  });
  const { script, directory, node_version: nodeVersion } = command;
  return { script, arguments: args, directory, nodeVersion };
}

/** It is written when the run ends, whole; one that is damaged is told as none. */
async function readResult(directory: string): Promise<Json> {
  try {
    return JSON.parse((await textOf(join(directory, RESULT_FILE))) ?? 'null') as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (isLightningError(error)) throw error;
    throw new LightningError('RUN_UNREADABLE', `Cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
      details: { path },
    });
  }
}
