import { type Agent, type Hook, LightningError, type Tracer } from '@agentlightning/core';
import { LitAgentRunner, loadAgent } from '@agentlightning/runner';
import { LightningStoreClient } from '@agentlightning/store-http';
import { markRunnerThread } from '../is-runner-thread.ts';
import { loadHook, loadTracer } from '../load-parts.ts';
import { SharedClaimBudget } from '../runners/shared-claim-budget.ts';
import type { RunnerThreadParts, RunnerThreadRequest, StoreAddress, ThreadData } from './input.ts';
import { serveThread, threadLogger } from './thread-side.ts';

interface LoadedParts extends Omit<RunnerThreadParts, 'agent' | 'hooks' | 'tracer'> {
  readonly agent: Agent;
  readonly hooks: readonly Hook[];
  readonly tracer: Tracer | undefined;
}

/** What a runner thread does from its start until it is terminated. */
export function runRunnerThread(data: ThreadData): Promise<never> {
  markRunnerThread();
  const logger = threadLogger(data);
  const drain = new AbortController();
  const abort = new AbortController();
  let loaded: LoadedParts | undefined;

  const serve = async (address: StoreAddress): Promise<void> => {
    if (loaded === undefined)
      throw new LightningError('INTERNAL', 'A runner thread was asked to serve before it had loaded');
    const { agent, hooks, tracer, workerId, slots, claims, heartbeatIntervalMs, abortMs } = loaded;
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
      ...(tracer === undefined ? {} : { tracer }),
      ...(claims === undefined ? {} : { claims: new SharedClaimBudget(claims) }),
      ...(heartbeatIntervalMs === undefined ? {} : { heartbeatIntervalMs }),
    });
    try {
      await runner.iter({ drain: drain.signal, abort: abort.signal });
    } finally {
      await store.close();
    }
  };

  return serveThread<RunnerThreadRequest>(data, {
    onDrain: () => drain.abort(),
    onAbort: (reason) => abort.abort(reason),
    onRequest: async (request) => {
      switch (request.type) {
        case 'load':
          loaded = await loadParts(request.parts);
          return undefined;
        case 'serve':
          return serve(request.store);
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
