import type { SpanDraft } from './span.ts';

/** Takes the spans of one attempt, in the order in which they end. Never throws and never waits. */
export interface SpanSink {
  add(draft: SpanDraft): void;
  /**
   * Takes secrets that the trace comes upon, such as the key of a model call: they are taken out of all that is recorded of the attempt from then on, errors
   * of the agent included. Not there: nothing more is taken out than what was known before.
   */
  conceal?(secrets: readonly string[]): void;
}

/** The attempt a trace belongs to. */
export interface TraceContext {
  readonly rolloutId: string;
  readonly attemptId: string;
  /** 32 hex digits; every span of the attempt shares it unless it says otherwise. */
  readonly traceId: string;
  readonly sink: SpanSink;
}

/** The observation of one attempt, from before the agent starts until its spans are flushed. */
export interface Trace {
  /** Runs the agent so that what it does in this async context belongs to this trace. Passes result and error through. */
  run<T>(body: () => Promise<T>): Promise<T>;
  /** Called once after the agent has ended: hands over what is still held back. */
  end(): Promise<void>;
}

/**
 * Watches what an agent does and turns it into spans. One tracer serves all attempts of a thread at once, so whatever
 * belongs to one attempt lives in the {@link Trace}. A tracer that throws never changes the outcome of a rollout: the
 * runner logs the error and goes on without the trace.
 *
 * Mirrors upstream `Tracer` (v0.3.0), which had one active trace per process.
 */
export interface Tracer {
  readonly name: string;
  /** Called once per thread before the first trace, for what has to be hooked into globally. */
  install?(): void;
  /** Undoes {@link Tracer.install}: every global is as it was found. */
  uninstall?(): void;
  /** Begins to watch one attempt. */
  startTrace(context: TraceContext): Trace;
}
