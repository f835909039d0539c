import type { FastifyInstance } from 'fastify';
import { cancelDequeue, dequeueRollouts, enqueueRollouts } from '../../operations.ts';
import { enqueueUnderKey, idempotencyKey } from '../idempotency.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R3, R4 and the end of a parked R4 */
export async function queueRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store, claims } = context;
  addRoute(
    app,
    enqueueRollouts,
    ({ body: { rollouts } }, { request }) => {
      const key = idempotencyKey(request.headers);
      return key === undefined ? store.enqueueManyRollouts(rollouts) : enqueueUnderKey(store, key, rollouts);
    },
    context,
  );
  addRoute(app, dequeueRollouts, ({ body }, { reply }) => claims.claim(body, reply), context);
  addRoute(app, cancelDequeue, async ({ body }) => ({ cancelled: claims.cancel(body.claimId) }), context);
}
