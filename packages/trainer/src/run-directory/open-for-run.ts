import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type Algorithm,
  type Dataset,
  type ExecutionStrategy,
  LightningError,
  type LightningStore,
  type NamedResources,
  secretsOf,
} from '@agentlightning/core';
import { agentName } from '../agent-name.ts';
import { type AgentInput, type FitOptions, moduleUrlOf } from '../fit-options.ts';
import { type ResumeRequest, takeResumeRequest } from './resume-request.ts';
import { RunDirectory } from './run-directory.ts';
import { fingerprintOf } from './run-header.ts';

/** What decides whether a run has a directory, and what is written into it first. */
export interface RunToKeep<TTask> {
  readonly algorithm: Algorithm<TTask, unknown> | undefined;
  readonly agent: AgentInput<TTask>;
  readonly trainDataset: Dataset<TTask>;
  readonly options: FitOptions<TTask>;
  readonly initialResources: NamedResources;
  readonly adapter: object | undefined;
  readonly strategy: ExecutionStrategy;
  /** What the trainer was given. */
  readonly store: LightningStore | undefined;
  readonly seed: number;
  readonly rolloutConfig: unknown;
  /** See {@link resumeRequestFor}. */
  readonly request: ResumeRequest | undefined;
}

/**
 * What somebody asked for from outside, for the first run that could have a directory.
 * @throws LightningError `RUN_NOT_ALLOWED` if this one cannot
 */
export function resumeRequestFor({
  options,
  strategy,
  store,
}: {
  readonly options: Pick<FitOptions<unknown>, 'runDirectory'>;
  readonly strategy: ExecutionStrategy;
  readonly store: LightningStore | undefined;
}): ResumeRequest | undefined {
  if (options.runDirectory === null || strategy.runsAlgorithm === false) return undefined;
  const request = takeResumeRequest();
  if (request !== undefined && store?.capabilities.shared === false) {
    throw cannotResume('the trainer was given a store of its own, which ends with its process');
  }
  return request;
}

/**
 * Opens the directory of a run that keeps something and has its algorithm in this process; `undefined` for any other.
 * @throws LightningError as {@link RunDirectory.open} does; `RUN_NOT_ALLOWED` for a run that cannot be resumed
 */
export async function openForRun<TTask>(run: RunToKeep<TTask>): Promise<RunDirectory | undefined> {
  const { algorithm, agent, trainDataset, initialResources, adapter, strategy, store, seed, rolloutConfig } = run;
  const { valDataset = [], testDataset, runsDirectory } = run.options;
  let { runDirectory, resume = false } = run.options;
  if (run.request !== undefined) ({ runDirectory, resume } = run.request);
  const isKept = runDirectory === undefined ? store === undefined && algorithm !== undefined : runDirectory !== null;
  if (!isKept || strategy.runsAlgorithm === false) return undefined;
  if (resume !== false && algorithm?.durable === false) {
    throw cannotResume(`${algorithm.name} drives the store by itself, so nothing of its work is recorded`);
  }
  const newId = newRunId();
  return RunDirectory.open({
    path: runDirectory ?? join(runsDirectory ?? (process.env['AGL_RUNS_DIRECTORY'] || 'runs'), newId),
    newRunId: newId,
    resume,
    secrets: secretsOf(initialResources),
    agentName: agentName(agent),
    fingerprint: fingerprintOf({
      algorithm: algorithm as Algorithm<never, unknown> | undefined,
      agent,
      agentUrl: moduleUrlOf(agent),
      trainDataset,
      valDataset,
      testDataset,
      initialResources,
      adapter,
      store,
      rolloutConfig,
      seed,
    }),
  });
}

/** `run-20260112-143052-1f3a9c07`: sorts by time of start, and is another one for each of a thousand runs that start in one second. */
export function newRunId(): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `run-${time}-${randomBytes(4).toString('hex')}`;
}

function cannotResume(reason: string): LightningError {
  return new LightningError('RUN_NOT_ALLOWED', `Cannot resume the run: ${reason}`);
}
