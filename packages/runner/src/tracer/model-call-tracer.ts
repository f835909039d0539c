import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpanDraft, SpanSink, Trace, TraceContext, Tracer } from '@agentlightning/core';
import { currentOperationId } from '../attempt-context.ts';
import { rewatchGlobalDispatcher, watchGlobalDispatcher } from './global-dispatcher.ts';
import { ModelCall } from './model-call.ts';
import { type ModelEndpoint, modelEndpointOf } from './model-endpoint.ts';
import type { OutgoingRequest, RequestObserver } from './request-observer.ts';

/**
 * Records the model calls that an agent makes with `fetch`, by whatever client: each POST to a path ending in `/chat/completions`, or in `/responses`
 * (OpenAI's Responses API, read as a chat), becomes one span `openai.chat.completion`, streamed answers put together. Nothing is configured and no client is changed; clients built
 * before the run are seen too. The agent's own call is not altered, delayed or kept from failing.
 *
 * Seen is what happens in the async context of the agent. Not seen: calls made outside of an attempt, such as an optimiser's; calls given
 * a dispatcher of their own (`fetchOptions.dispatcher`); clients that do not use `fetch`. Keys from headers are never recorded; bodies
 * past 4 MiB are left out and the span says so. OpenTelemetry is not involved.
 *
 * Does what upstream's `AgentOpsTracer` (v0.3.0, its default) does for model calls.
 */
export class ModelCallTracer implements Tracer {
  readonly name = 'model-calls';
  readonly #traces = new AsyncLocalStorage<ModelCallTrace>();
  /** Installations and open traces: the global dispatcher is watched while there is one. */
  #users = 0;
  #unwatch: (() => void) | undefined;
  #failedCaptures = 0;

  /** How many calls could not be recorded because of a defect of the capture itself. */
  get failedCaptures(): number {
    return this.#failedCaptures;
  }

  /** Starts to watch the thread's global dispatcher. Counted: each call needs its {@link uninstall}. */
  install(): void {
    this.#users += 1;
    if (this.#unwatch === undefined) this.#unwatch = watchGlobalDispatcher((request) => this.#watch(request));
    else rewatchGlobalDispatcher();
  }

  /** Undoes one {@link install}; the last one puts the global dispatcher back as it was found. */
  uninstall(): void {
    if (this.#users === 0) return;
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  startTrace(context: TraceContext): Trace {
    this.install();
    const trace = new ModelCallTrace(context.sink, {
      runWith: (body) => this.#traces.run(trace, body),
      broken: () => {
        this.#failedCaptures += 1;
      },
      ended: () => this.uninstall(),
    });
    return trace;
  }

  #watch(request: OutgoingRequest): RequestObserver | undefined {
    const trace = this.#traces.getStore();
    const endpoint = trace === undefined ? undefined : modelEndpointOf(request);
    if (trace === undefined || endpoint === undefined) return undefined;
    try {
      return trace.watch(request, endpoint);
    } catch {
      // As any failure of the capture: counted, and the request goes its way.
      this.#failedCaptures += 1;
      return undefined;
    }
  }
}

interface TraceEnvironment {
  runWith<T>(body: () => T): T;
  broken(): void;
  ended(): void;
}

class ModelCallTrace implements Trace {
  readonly #sink: SpanSink;
  readonly #environment: TraceEnvironment;
  readonly #open = new Set<ModelCall>();
  #ended = false;

  constructor(sink: SpanSink, environment: TraceEnvironment) {
    this.#sink = sink;
    this.#environment = environment;
  }

  run<T>(body: () => Promise<T>): Promise<T> {
    return this.#environment.runWith(body);
  }

  /** Begins to record a call; `undefined` once the attempt has ended, whatever its agent still does. */
  watch(request: OutgoingRequest, endpoint: ModelEndpoint): RequestObserver | undefined {
    if (this.#ended) return undefined;
    const close = (draft: SpanDraft | undefined): void => {
      this.#open.delete(call);
      if (draft !== undefined) this.#sink.add(draft);
    };
    const call = new ModelCall(request, {
      endpoint,
      parentId: currentOperationId(),
      done: close,
      broken: () => {
        this.#environment.broken();
        close(undefined);
      },
    });
    this.#open.add(call);
    // The agent's client may quote a key in its error, and the endpoint in its answer.
    if (call.secrets.length > 0) this.#sink.conceal?.(call.secrets);
    return call;
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    for (const call of this.#open) call.abandon();
    this.#ended = true;
    this.#environment.ended();
  }
}
