import { availableParallelism } from 'node:os';
import type { ExecutionJob } from '@agentlightning/core';
import { requiredSource } from '../required-source.ts';
import { RunnerPool } from '../runners/runner-pool.ts';
import type { ResolvedClientServerOptions } from './client-server-options.ts';

/**
 * Starts the threads for the runner side of a job.
 *
 * @throws LightningError `SOURCE_NOT_LOADABLE` when something has no source or cannot be sent; nothing was started then
 */
export async function openRunnerPool(
  { runner, logger }: ExecutionJob,
  options: ResolvedClientServerOptions,
  workerIdPrefix: string,
): Promise<RunnerPool> {
  const { isolation, drainMs, abortMs, startMs, blockedMs } = options;
  const { nRunners, maxRollouts, heartbeatIntervalMs } = runner;
  const agentSource = await requiredSource('agent', runner.agent);
  const hooks = await Promise.all(runner.hooks.map((hook) => requiredSource('hook', hook)));
  const tracer = runner.tracer === undefined ? undefined : await requiredSource('tracer', runner.tracer);
  return new RunnerPool({
    agent: agentSource,
    hooks,
    tracer,
    nRunners,
    threads: isolation === 'thread' ? nRunners : (options.threads ?? availableParallelism()),
    workerIdPrefix,
    maxRollouts,
    heartbeatIntervalMs,
    drainMs,
    abortMs,
    startMs,
    blockedMs,
    logger,
  });
}
