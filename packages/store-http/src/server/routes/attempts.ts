import { type AttemptReport, isLightningError, LightningError, type LightningStore } from '@agentlightning/core';
import type { FastifyInstance } from 'fastify';
import {
  getLatestAttempt,
  listAttempts,
  searchAttempts,
  startAttempt,
  updateAttempt,
  updateAttempts,
} from '../../operations.ts';
import type { AttemptUpdate, ReportBatchItem } from '../../wire/message-codecs.ts';
import { idempotencyKey, keyedId, underKey } from '../idempotency.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R10–R14, and many reports in one request */
export async function attemptRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(
    app,
    startAttempt,
    ({ params: { rolloutId }, body }, { request }) => {
      const key = idempotencyKey(request.headers);
      if (key === undefined) return store.startAttempt(rolloutId, body);
      const attemptId = body.attemptId ?? keyedId('at-', key, 'attempt', rolloutId);
      return underKey(key, store.startAttempt(rolloutId, { ...body, attemptId }));
    },
    context,
  );
  addRoute(app, listAttempts, ({ params, query }) => store.queryAttempts(params.rolloutId, query), context);
  addRoute(app, searchAttempts, ({ params, body }) => store.queryAttempts(params.rolloutId, body), context);
  addRoute(app, getLatestAttempt, ({ params }) => store.getLatestAttempt(params.rolloutId), context);
  addRoute(
    app,
    updateAttempt,
    async ({ params, body }, { request, reply }) => {
      const report = await store.updateAttempt(params.rolloutId, params.attemptId, body);
      reply.header('x-agl-outcome', report.outcome);
      if (report.outcome !== 'applied' && request.headers['x-agl-strict'] === '1') throw reportWithoutEffect(report);
      return report;
    },
    context,
  );
  addRoute(
    app,
    updateAttempts,
    async ({ body: { reports } }) => ({ results: await reportOnAll(store, reports) }),
    context,
  );
}

/** All at once, so that a store can write them to the disk together; those about one rollout one after the other. */
function reportOnAll(store: LightningStore, reports: readonly AttemptUpdate[]): Promise<ReportBatchItem[]> {
  const latest = new Map<string, Promise<ReportBatchItem>>();
  const results = reports.map((update) => {
    const before = latest.get(update.rolloutId);
    const result = before === undefined ? reportOn(store, update) : before.then(() => reportOn(store, update));
    latest.set(update.rolloutId, result);
    return result;
  });
  return Promise.all(results);
}

/** For callers that want to be told by the status; what was stored of the report is stored all the same. */
function reportWithoutEffect({ rolloutId, attemptId, status, outcome }: AttemptReport): LightningError {
  const why = outcome === 'superseded' ? 'a newer attempt exists' : 'it has ended';
  const message = `The report about attempt ${attemptId} does not count as ${why}: its status is ${status}`;
  return new LightningError('CONFLICT', message, { details: { rolloutId, attemptId, status, outcome } });
}

async function reportOn(store: LightningStore, update: AttemptUpdate): Promise<ReportBatchItem> {
  try {
    const { rolloutId, attemptId, patch, spans = [] } = update;
    return { report: await store.updateAttempt(rolloutId, attemptId, patch, { spans, handedOver: true }) };
  } catch (error) {
    // What is wrong with this report alone. A store that cannot be asked fails the request, which may be sent again.
    if (!isLightningError(error, 'NOT_FOUND') && !isLightningError(error, 'INVALID_ARGUMENT')) throw error;
    return { error: { code: error.code, message: error.message, details: error.details } };
  }
}
