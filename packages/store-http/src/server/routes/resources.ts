import type { FastifyInstance } from 'fastify';
import { addResources, getLatestResources, getResources, listResources, updateResources } from '../../operations.ts';
import { addResourcesUnderKey, idempotencyKey } from '../idempotency.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R19–R23 */
export async function resourcesRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(app, listResources, ({ query }) => store.queryResources(query), context);
  addRoute(
    app,
    addResources,
    ({ body }, { request }) => {
      const key = idempotencyKey(request.headers);
      return key === undefined ? store.addResources(body) : addResourcesUnderKey(store, key, body);
    },
    context,
  );
  addRoute(app, getLatestResources, () => store.getLatestResources(), context);
  addRoute(app, getResources, ({ params }) => store.getResourcesById(params.resourcesId), context);
  addRoute(
    app,
    updateResources,
    ({ params, query, body }, { request }) => {
      // Who sends a key may send the request again.
      const maySendAgain = query.unlessIdentical || idempotencyKey(request.headers) !== undefined;
      return store.updateResources(params.resourcesId, body, { countIdentical: !maySendAgain });
    },
    context,
  );
}
