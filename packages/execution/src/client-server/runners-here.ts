import {
  type AlgorithmBundle,
  type ExecutionJob,
  type ExecutionOutcome,
  isLightningError,
  type Json,
  LightningError,
} from '@agentlightning/core';
import { LightningStoreClient } from '@agentlightning/store-http';
import { settlesWithin } from '../deadline.ts';
import { agentHere, hooksHere, tracerHere } from '../load-parts.ts';
import { type AlgorithmSignals, runBeside } from '../run-beside.ts';
import { runOver, unlessStopped } from '../run-over.ts';
import { inMainThread, LocalRunners } from '../runners/local-runners.ts';
import { failOnUnclaimedWork } from '../runners/unclaimed-work.ts';
import { workerIdPrefix } from '../runners/worker-id-prefix.ts';
import { type HostedWorker, WorkerGone } from '../worker-thread/hosted-worker.ts';
import type { AlgorithmThreadRequest, StoreAddress } from '../worker-thread/input.ts';
import { siblingUrl } from '../worker-thread/sibling-url.ts';
import { ThreadGroup } from '../worker-thread/thread-group.ts';
import type { ResolvedClientServerOptions } from './client-server-options.ts';
import { newToken } from './token.ts';

/** How long the algorithm's thread may take to close its server and its store, in milliseconds. What was acknowledged is on the disk already. */
const CLOSE_MS = 2000;

/** The same once threads are to be ended: one that computes will not answer. */
const HURRIED_CLOSE_MS = 200;

type AlgorithmThread = HostedWorker<AlgorithmThreadRequest>;

/** The agents in this thread, where breakpoints in them hold; the algorithm and its store in a worker thread. */
export async function runRunnersHere(
  job: ExecutionJob,
  options: ResolvedClientServerOptions,
): Promise<ExecutionOutcome> {
  if (job.store !== undefined) {
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      "With mainProcess 'runner' the store lives in the algorithm's thread, and an object of this thread cannot go there: leave 'store' out, or use mainProcess 'algorithm'",
    );
  }
  const { logger, onWarning, runner, signal, hurry } = job;
  const { host, port, drainMs, abortMs, token = newToken() } = options;
  const plan = { drainMs, abortMs, hurry };
  const { nRunners, maxRollouts, heartbeatIntervalMs } = runner;
  const source = await job.algorithm.source();
  const group = new ThreadGroup<AlgorithmThreadRequest>({
    entry: siblingUrl('../worker-thread/algorithm-entry', import.meta.url),
    exportName: 'runAlgorithmThread',
    threads: 1,
    logger,
    onWarning,
  });
  hurry?.kill.addEventListener('abort', () => group.killProcesses(), { once: true });
  const thread = group.host((message) => {
    try {
      job.algorithm.onMessage(message);
    } catch (error) {
      // There is no algorithm on the stack to catch it, as there is when it runs in this thread.
      logger.error({ err: error }, 'The listener of the algorithm failed');
    }
  });
  let store: LightningStoreClient | undefined;
  let release: (() => Promise<void>) | undefined;
  let runners: LocalRunners | undefined;
  try {
    const loading = Promise.all([
      thread.request({ type: 'open', host, port, token, store: job.storeOpener?.source }) as Promise<StoreAddress>,
      agentHere(runner.agent),
      hooksHere(runner.hooks),
      tracerHere(runner.tracer),
    ]);
    const [address, agent, hooks, tracer] = await unlessStopped(loading, signal, plan);
    release = await job.storeOpener?.hold?.();
    const client = new LightningStoreClient({
      ...address,
      ...(hurry === undefined ? {} : { hurry: hurry.terminate }),
    });
    store = client;
    // Nothing comes back from a dead thread: without this its clients would go on asking for as long as for a server that restarts.
    void thread.gone.then(() => client.close());
    runners = new LocalRunners({
      agent,
      hooks,
      tracer,
      store: client,
      workerId: `${workerIdPrefix(job)}-1`,
      nRunners,
      maxRollouts,
      heartbeatIntervalMs,
      logger,
      onWarning,
      ...plan,
    });
    const algorithm = await runBeside({
      algorithm: (signals) => runInThread(thread, source, signals),
      runners,
      whenRunnersEnd: (finished) => failOnUnclaimedWork(client, maxRollouts, finished),
      signal,
      drain: job.drain,
      ...plan,
    });
    return { algorithm, runners: inMainThread(nRunners) };
  } finally {
    await runners?.stop(runOver());
    await store?.close();
    const closing = thread.request({ type: 'close' });
    await settlesWithin(closing, hurry?.terminate.aborted ? HURRIED_CLOSE_MS : CLOSE_MS);
    await group.close(options);
    await release?.();
  }
}

async function runInThread(
  thread: AlgorithmThread,
  { module, data }: Awaited<ReturnType<AlgorithmBundle['source']>>,
  { signal, hurry }: AlgorithmSignals,
): Promise<Json> {
  const ended = new AbortController();
  const tell = (when: AbortSignal, what: () => void): void => {
    if (when.aborted) what();
    else when.addEventListener('abort', what, { once: true, signal: ended.signal });
  };
  try {
    const result = thread.request({ type: 'run', module, data });
    tell(signal, () => thread.drain(signal.reason));
    tell(hurry, () => thread.abort(hurry.reason));
    return (await result) as Json;
  } catch (error) {
    throw explain(error);
  } finally {
    ended.abort();
  }
}

function explain(error: unknown): unknown {
  if (isLightningError(error)) return error;
  if (error instanceof WorkerGone) {
    return new LightningError('INTERNAL', `The algorithm's thread died. ${error.message}`, { cause: error.cause });
  }
  // What remains is a DataCloneError of the request itself.
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    'The algorithm cannot be sent to its thread as its options or datasets hold something that cannot be copied (a function, a client, a socket)',
    { cause: error },
  );
}
