import type { FastifyInstance } from 'fastify';
import { addResources, getLatestResources, getResources, listResources, updateResources } from '../../operations.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R19–R23 */
export async function resourcesRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(app, listResources, ({ query }) => store.queryResources(query), context);
  addRoute(app, addResources, ({ body }) => store.addResources(body), context);
  addRoute(app, getLatestResources, () => store.getLatestResources(), context);
  addRoute(app, getResources, ({ params }) => store.getResourcesById(params.resourcesId), context);
  addRoute(
    app,
    updateResources,
    ({ params, query, body }) =>
      store.updateResources(params.resourcesId, body, { countIdentical: !query.unlessIdentical }),
    context,
  );
}
