import type { ExecutionJob, ExecutionOutcome } from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http';
import { openStore } from '../open-store.ts';
import { runBeside } from '../run-beside.ts';
import { runOver } from '../run-over.ts';
import type { Runners } from '../runners/runners.ts';
import type { ResolvedClientServerOptions } from './client-server-options.ts';

/** The algorithm in this thread and its store at an agreed address; runners come from elsewhere. */
export async function serveAlgorithm(
  job: ExecutionJob,
  options: ResolvedClientServerOptions,
): Promise<ExecutionOutcome> {
  const { logger, signal, hurry } = job;
  const { host, port, token, drainMs, abortMs } = options;
  const { store, close } = await openStore(job);
  try {
    const server = await LightningStoreServer.start(store, {
      host,
      port,
      logger,
      ...(job.runId === undefined ? {} : { runId: job.runId }),
      ...(token === undefined ? {} : { token }),
    });
    logger.info({ url: server.url }, 'The store is served: runners may join');
    const runners: Runners = new RemoteRunners(server, drainMs, hurry?.abort);
    try {
      const algorithm = await runBeside({
        algorithm: (signals) =>
          job.algorithm.run({ store, ...signals, post: (message) => job.algorithm.onMessage(message) }),
        runners,
        whenRunnersEnd: () => Promise.resolve(),
        signal,
        drain: job.drain,
        drainMs,
        abortMs,
        hurry,
      });
      return { algorithm };
    } finally {
      await runners.stop(runOver());
      await server.close();
    }
  } finally {
    await close();
  }
}

/** Runners that come and go as they please, known only by what they ask. */
class RemoteRunners implements Runners {
  /** More of them may always come. */
  readonly done = new Promise<void>(() => {});
  readonly #server: LightningStoreServer;
  readonly #drainMs: number;
  readonly #cut: AbortSignal | undefined;
  #stopping: Promise<void> | undefined;

  /** @param cut - once aborted, those at work are not waited for any longer */
  constructor(server: LightningStoreServer, drainMs: number, cut: AbortSignal | undefined) {
    this.#server = server;
    this.#drainMs = drainMs;
    this.#cut = cut;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Tells each of them, when it asks for more, that there is none, and gives those at work time to report. */
  stop(): Promise<void> {
    this.#stopping ??= this.#server.drain({
      deadlineMs: this.#drainMs,
      ...(this.#cut === undefined ? {} : { signal: this.#cut }),
    });
    return this.#stopping;
  }
}
