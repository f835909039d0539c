import { availableParallelism } from 'node:os';
import type { ExecutionJob } from '@agentlightning/core';
import { ProcessGroup } from '../child-process/process-group.ts';
import { requiredSource } from '../required-source.ts';
import { RunnerPool } from '../runners/runner-pool.ts';
import type { StopWitness } from '../runners/runners.ts';
import type { HostGroup } from '../worker-thread/host-group.ts';
import type { RunnerThreadRequest } from '../worker-thread/input.ts';
import { siblingUrl } from '../worker-thread/sibling-url.ts';
import { ThreadGroup } from '../worker-thread/thread-group.ts';
import type { Isolation, ResolvedClientServerOptions } from './client-server-options.ts';
import { memoryShare } from './memory-share.ts';

/**
 * Starts the threads or processes for the runner side of a job.
 *
 * @throws LightningError `SOURCE_NOT_LOADABLE` when something has no source or cannot be sent; nothing was started then
 */
export async function openRunnerPool(
  { runner, logger, onWarning, hurry }: ExecutionJob,
  options: ResolvedClientServerOptions,
  workerIdPrefix: string,
): Promise<RunnerPool> {
  const { isolation, drainMs, abortMs, terminateMs, killMs, startMs, blockedMs } = options;
  const { nRunners, maxRollouts, heartbeatIntervalMs } = runner;
  const agentSource = await requiredSource('agent', runner.agent);
  const hooks = await Promise.all(runner.hooks.map((hook) => requiredSource('hook', hook)));
  const tracer = runner.tracer === undefined ? undefined : await requiredSource('tracer', runner.tracer);
  return new RunnerPool({
    agent: agentSource,
    hooks,
    tracer,
    nRunners,
    threads: isolation === 'shared' ? (options.threads ?? availableParallelism()) : nRunners,
    describe: (count) => whereabouts(isolation, count),
    openGroup: (count) => openGroup(count, options, { logger, onWarning }),
    workerIdPrefix,
    maxRollouts,
    heartbeatIntervalMs,
    drainMs,
    abortMs,
    terminateMs,
    killMs,
    hurry,
    startMs,
    blockedMs,
    logger,
    onWarning,
  });
}

function whereabouts(isolation: Isolation, count: number): string {
  switch (isolation) {
    case 'shared':
      return count === 1 ? 'in a thread' : `in ${count} shared threads`;
    case 'thread':
      return 'in a thread each';
    case 'process':
      return 'in a process each';
    default:
      return isolation satisfies never;
  }
}

function openGroup(
  count: number,
  options: ResolvedClientServerOptions,
  witness: StopWitness,
): HostGroup<RunnerThreadRequest> {
  const share = memoryShare(count);
  const { isolation, heapMb = share.heapMb, rssMb = share.rssMb } = options;
  const entry = siblingUrl('../worker-thread/runner-entry', import.meta.url);
  return isolation === 'process'
    ? new ProcessGroup({ entry, exportName: 'runRunnerWorker', heapMb, rssMb, logger: witness.logger })
    : new ThreadGroup({ entry, exportName: 'runRunnerThread', threads: count, heapMb, ...witness });
}
