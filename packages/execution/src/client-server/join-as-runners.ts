import type { ExecutionJob, ExecutionOutcome } from '@agentlightning/core';
import { LightningStoreClient } from '@agentlightning/store-http';
import { agentHere } from '../load-parts.ts';
import { runOver, whenAborted } from '../run-over.ts';
import { warnOf } from '../runners/runners.ts';
import { uniqueWorkerIdPrefix } from '../runners/worker-id-prefix.ts';
import { awaitFirstAnswer } from './await-first-answer.ts';
import type { ResolvedClientServerOptions } from './client-server-options.ts';
import { openRunnerPool } from './open-runner-pool.ts';

/** Agents in worker threads, for a store that is served elsewhere, until it closes. */
export async function joinAsRunners(
  job: ExecutionJob,
  options: ResolvedClientServerOptions,
): Promise<ExecutionOutcome> {
  const { signal, logger } = job;
  const { host, port, token = '' } = options;
  const address = { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, token };
  // Before the threads: an address that cannot be leaves none behind.
  const store = new LightningStoreClient({ ...address, hurry: signal });
  const pool = await openRunnerPool(job, options, uniqueWorkerIdPrefix());
  try {
    const stopped = whenAborted(signal);
    const loaded = Promise.all([pool.ready, agentHere(job.runner.agent)]);
    await Promise.race([loaded, stopped]);
    logger.info({ url: address.url }, 'Runners join the store');
    pool.connect({ address, store });
    void awaitFirstAnswer({ store, url: address.url, tell: (message) => warnOf(message, job) });
    await Promise.race([pool.done, stopped]);
    return { algorithm: undefined, runners: pool.outcome };
  } finally {
    await pool.stop(signal.aborted ? signal.reason : runOver());
    await store.close();
  }
}
