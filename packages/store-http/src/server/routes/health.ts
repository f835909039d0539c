import type { FastifyInstance } from 'fastify';
import { health, statistics } from '../../operations.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R1, R2 */
export async function healthRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  addRoute(app, health, async () => ({ status: 'ok' }), context);
  addRoute(app, statistics, () => context.store.statistics(), context);
}
