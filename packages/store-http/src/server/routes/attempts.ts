import type { FastifyInstance } from 'fastify';
import { getLatestAttempt, listAttempts, searchAttempts, startAttempt, updateAttempt } from '../../operations.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R10–R14 */
export async function attemptRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(app, startAttempt, ({ params, body }) => store.startAttempt(params.rolloutId, body), context);
  addRoute(app, listAttempts, ({ params, query }) => store.queryAttempts(params.rolloutId, query), context);
  addRoute(app, searchAttempts, ({ params, body }) => store.queryAttempts(params.rolloutId, body), context);
  addRoute(app, getLatestAttempt, ({ params }) => store.getLatestAttempt(params.rolloutId), context);
  addRoute(
    app,
    updateAttempt,
    async ({ params, body }, { reply }) => {
      const report = await store.updateAttempt(params.rolloutId, params.attemptId, body);
      reply.header('x-agl-outcome', report.outcome);
      return report;
    },
    context,
  );
}
