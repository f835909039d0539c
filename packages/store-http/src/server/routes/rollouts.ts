import type { FastifyInstance } from 'fastify';
import {
  getRollout,
  listRollouts,
  rolloutRewards,
  searchRollouts,
  startRollout,
  updateRollout,
} from '../../operations.ts';
import { idempotencyKey, keyedId, underKey } from '../idempotency.ts';
import { rewardsOfRollouts } from '../rollout-rewards.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R5–R9, and rewards */
export async function rolloutRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const { store } = context;
  addRoute(
    app,
    startRollout,
    ({ body }, { request }) => {
      const key = idempotencyKey(request.headers);
      if (key === undefined) return store.startRollout(body);
      const rolloutId = body.rolloutId ?? keyedId('ro-', key, 'start');
      return underKey(key, store.startRollout({ ...body, rolloutId }));
    },
    context,
  );
  addRoute(app, listRollouts, ({ query }) => store.queryRollouts(query), context);
  addRoute(app, searchRollouts, ({ body }) => store.queryRollouts(body), context);
  addRoute(app, rolloutRewards, ({ body }) => rewardsOfRollouts(store, body.rolloutIds), context);
  addRoute(app, getRollout, ({ params }) => store.getRolloutById(params.rolloutId), context);
  addRoute(app, updateRollout, ({ params, body }) => store.updateRollout(params.rolloutId, body), context);
}
