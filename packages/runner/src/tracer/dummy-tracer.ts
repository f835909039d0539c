import type { Trace, Tracer } from '@agentlightning/core';

/** Records nothing by itself: a trace holds what the agent emits and returns. Mirrors upstream `DummyTracer` (v0.3.0). */
export class DummyTracer implements Tracer {
  readonly name = 'dummy';

  startTrace(): Trace {
    return { run: (body) => body(), end: async () => {} };
  }
}
