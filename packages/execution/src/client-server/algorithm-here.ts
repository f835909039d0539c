import type { ExecutionJob, ExecutionOutcome } from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http';
import { agentHere } from '../load-parts.ts';
import { openStore } from '../open-store.ts';
import { runBeside } from '../run-beside.ts';
import { runOver, whenAborted } from '../run-over.ts';
import { failOnUnclaimedWork } from '../runners/unclaimed-work.ts';
import { workerIdPrefix } from '../runners/worker-id-prefix.ts';
import type { ResolvedClientServerOptions } from './client-server-options.ts';
import { openRunnerPool } from './open-runner-pool.ts';
import { newToken } from './token.ts';

/** The algorithm in this thread, beside the store, which it uses without HTTP; the agents in worker threads. */
export async function runAlgorithmHere(
  job: ExecutionJob,
  options: ResolvedClientServerOptions,
): Promise<ExecutionOutcome> {
  const { logger, signal, hurry } = job;
  const { host, port, drainMs, abortMs } = options;
  const token = options.token ?? newToken();
  const { store, close } = await openStore(job);
  const pool = await openRunnerPool(job, options, workerIdPrefix(job)).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  // The threads start meanwhile, and load the agent; without an instance, so does this thread.
  const starting = LightningStoreServer.start(store, {
    host,
    port,
    token,
    logger,
    ...(job.runId === undefined ? {} : { runId: job.runId }),
  });
  try {
    const ready = Promise.all([starting, pool.ready, agentHere(job.runner.agent)]);
    // Stopped before it began, the algorithm still gets to say what it knows.
    const started = await Promise.race([ready, whenAborted(signal)]);
    if (started !== undefined) {
      const [server] = started;
      logger.debug({ url: server.url }, 'The store is served');
      pool.connect({
        address: { url: server.url, token },
        store,
        workerGone: (workerId) => server.workerGone(workerId),
      });
    }
    const algorithm = await runBeside({
      algorithm: (signals) =>
        job.algorithm.run({ store, ...signals, post: (message) => job.algorithm.onMessage(message) }),
      runners: pool,
      whenRunnersEnd: (finished) => failOnUnclaimedWork(store, job.runner.maxRollouts, finished),
      signal,
      drain: job.drain,
      drainMs,
      abortMs,
      hurry,
    });
    return { algorithm, runners: pool.outcome };
  } finally {
    await pool.stop(runOver());
    await starting.then(
      (server) => server.close(),
      () => {
        // It never listened; the error is what `execute` rejects with.
      },
    );
    await close();
  }
}
