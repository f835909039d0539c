import { type Agent, type Hook, type Json, LightningError, type Tracer } from '@agentlightning/core';
import { LitAgentRunner, loadAgent } from '@agentlightning/runner';
import { LightningStoreClient } from '@agentlightning/store-http';
import { markRunnerThread } from '../is-runner-thread.ts';
import { loadHook, loadTracer } from '../load-parts.ts';
import { AskedClaims } from './asked-claims.ts';
import type {
  RunnerPost,
  RunnerThreadParts,
  RunnerThreadRequest,
  ServeEnd,
  StoreAddress,
  ThreadData,
  WorkerContext,
} from './input.ts';
import type { ThreadOutput } from './output.ts';
import { Supervision } from './supervision.ts';
import { serveThread, threadLogger } from './thread-side.ts';
import { threadPort } from './worker-port.ts';

interface LoadedParts extends Omit<RunnerThreadParts, 'agent' | 'hooks' | 'tracer'> {
  readonly agent: Agent;
  readonly hooks: readonly Hook[];
  readonly tracer: Tracer | undefined;
}

/** What a runner thread does from its start until it is terminated. */
export function runRunnerThread(data: ThreadData): Promise<never> {
  return runRunnerWorker({ ...data, port: threadPort(data.port) });
}

/** The same in a process. */
export function runRunnerWorker(context: WorkerContext): Promise<never> {
  markRunnerThread();
  const logger = threadLogger(context);
  const drain = new AbortController();
  const abort = new AbortController();
  const post = (message: RunnerPost): void => {
    context.port.post({ type: 'post', message: message as unknown as Json } satisfies ThreadOutput);
  };
  const claims = new AskedClaims(post);
  let loaded: LoadedParts | undefined;
  let end: ServeEnd = 'ended';
  const supervision = new Supervision(post, () => {
    // Among others it does no harm but its own; alone in a thread or process it can be got rid of together with it.
    if (loaded?.slots !== 1) return;
    end = 'spent';
    drain.abort();
  });

  const serve = async (address: StoreAddress): Promise<ServeEnd> => {
    if (loaded === undefined)
      throw new LightningError('INTERNAL', 'A runner thread was asked to serve before it had loaded');
    const { agent, hooks, tracer, workerId, slots, hasClaimLimit, heartbeatIntervalMs, abortMs } = loaded;
    // Work that is under way may be finished, but a store that is away then is not waited for.
    const hurry = AbortSignal.any([drain.signal, abort.signal]);
    const store = new LightningStoreClient({ ...address, hurry });
    const runner = new LitAgentRunner({
      agent,
      hooks,
      store,
      workerId,
      slots,
      abortGraceMs: abortMs,
      logger,
      observer: supervision,
      ...(tracer === undefined ? {} : { tracer }),
      ...(hasClaimLimit ? { claims } : {}),
      ...(heartbeatIntervalMs === undefined ? {} : { heartbeatIntervalMs }),
    });
    try {
      await runner.iter({ drain: drain.signal, abort: abort.signal });
    } finally {
      await store.close();
    }
    return end;
  };

  return serveThread<RunnerThreadRequest>(context, {
    onDrain: () => drain.abort(),
    onAbort: (reason) => abort.abort(reason),
    onRequest: async (request) => {
      switch (request.type) {
        case 'load':
          loaded = await loadParts(request.parts);
          return undefined;
        case 'serve':
          return serve(request.store);
        case 'grant':
          return claims.granted(request.claims);
        case 'note-turns':
          return supervision.noteTurns(request.memory);
        case 'ping':
          return undefined;
        default:
          return request satisfies never;
      }
    },
  });
}

async function loadParts(parts: RunnerThreadParts): Promise<LoadedParts> {
  const [agent, tracer, ...hooks] = await Promise.all([
    loadAgent(parts.agent),
    parts.tracer === undefined ? undefined : loadTracer(parts.tracer),
    ...parts.hooks.map(loadHook),
  ]);
  return { ...parts, agent, tracer, hooks };
}
