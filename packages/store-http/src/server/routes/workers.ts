import type { FastifyInstance } from 'fastify';
import { getWorker, listWorkers, searchWorkers, updateWorker } from '../../operations.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R15–R18 */
export async function workerRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store, claims } = context;
  addRoute(app, listWorkers, ({ query }) => store.queryWorkers(query), context);
  addRoute(app, searchWorkers, ({ body }) => store.queryWorkers(body), context);
  addRoute(app, getWorker, ({ params }) => store.getWorkerById(params.workerId), context);
  addRoute(
    app,
    updateWorker,
    ({ params, body }) => {
      claims.seen(params.workerId);
      return store.updateWorker(params.workerId, body);
    },
    context,
  );
}
