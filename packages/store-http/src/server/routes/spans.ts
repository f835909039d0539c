import type { SpanInput } from '@agentlightning/core';
import type { FastifyInstance } from 'fastify';
import { addSpan, addSpans, listSpans, nextSequenceId, nextSequenceIds, searchSpans } from '../../operations.ts';
import type { SpanBatchReply } from '../../wire/message-codecs.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R24–R27 and their batches */
export async function spanRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(app, addSpan, ({ body }) => store.addSpan(body), context);
  addRoute(
    app,
    addSpans,
    async ({ body: { spans } }) => ({
      stored: storedAt(spans, await store.addManySpans(spans, { handedOver: true })),
    }),
    context,
  );
  addRoute(app, listSpans, ({ query }) => store.querySpans(query), context);
  addRoute(app, searchSpans, ({ body }) => store.querySpans(body), context);
  addRoute(
    app,
    nextSequenceId,
    async ({ body }) => ({ sequenceId: await store.getNextSpanSequenceId(body.rolloutId, body.attemptId) }),
    context,
  );
  addRoute(
    app,
    nextSequenceIds,
    async ({ body }) => ({ sequenceIds: await store.getManySpanSequenceIds(body.requests) }),
    context,
  );
}

/** Where in the request each stored span is; of equal keys the first was stored. */
function storedAt(
  spans: readonly SpanInput[],
  stored: readonly (SpanInput & { readonly sequenceId: number })[],
): SpanBatchReply['stored'] {
  const indexOf = new Map<string, number>();
  for (const [index, span] of spans.entries()) {
    const key = keyOf(span);
    if (!indexOf.has(key)) indexOf.set(key, index);
  }
  return stored.map((span) => ({ index: indexOf.get(keyOf(span)) as number, sequenceId: span.sequenceId }));
}

function keyOf({ rolloutId, attemptId, spanId }: SpanInput): string {
  return JSON.stringify([rolloutId, attemptId, spanId]);
}
