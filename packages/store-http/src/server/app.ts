import { LightningError } from '@agentlightning/core';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ERROR_CODE_HEADER, FEATURES, FEATURES_HEADER } from '../features.ts';
import { errorReply } from './error-reply.ts';
import type { Guard } from './guard.ts';
import { readJsonBodies } from './json-body.ts';
import { KnownPaths } from './known-paths.ts';
import { RequestRefusedError } from './request-refused-error.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { healthRoutes } from './routes/health.ts';
import { otlpRoutes } from './routes/otlp.ts';
import { queueRoutes } from './routes/queue.ts';
import { resourcesRoutes } from './routes/resources.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { spanRoutes } from './routes/spans.ts';
import { waitRoutes } from './routes/waits.ts';
import { workerRoutes } from './routes/workers.ts';
import type { ServerContext } from './server-context.ts';
import type { ResolvedServerOptions } from './server-options.ts';

const ROUTES = [
  healthRoutes,
  queueRoutes,
  rolloutRoutes,
  attemptRoutes,
  workerRoutes,
  resourcesRoutes,
  spanRoutes,
  waitRoutes,
  otlpRoutes,
];

/** Puts guard, body reader, routes and error replies together. */
export function buildApp(
  context: ServerContext,
  guard: Guard,
  { limits, logger }: Pick<ResolvedServerOptions, 'limits' | 'logger'>,
): FastifyInstance {
  const app: FastifyInstance = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    // Node looks for requests that take too long every 30 s, which would be the shortest limit.
    http: { connectionsCheckingInterval: Math.min(30_000, Math.ceil(limits.requestTimeoutMs / 4)) },
    keepAliveTimeout: 30_000,
    exposeHeadRoutes: false,
    // The guard says it in words that clients understand.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
  });
  app.server.headersTimeout = Math.min(10_000, limits.requestTimeoutMs);
  app.server.maxConnections = limits.maxConnections;
  readJsonBodies(app);

  const knownPaths = new KnownPaths(app);
  const features = FEATURES.join(', ');
  app.addHook('onRequest', async (request, reply) => {
    reply.header(FEATURES_HEADER, features);
    guard.check(request.headers, request.socket.localPort, request.routeOptions.config.operation?.public === true);
    if (context.closing.aborted) {
      reply.header('connection', 'close');
      throw new LightningError('STORE_CLOSING', 'The store is closing');
    }
    if (request.is404) refuseUnknown(request, reply, knownPaths);
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, code, body, retryAfter, errorId } = errorReply(error);
    if (errorId !== undefined) {
      logger.error({ errorId, err: error, operation: request.routeOptions.config.operation?.name }, 'A request failed');
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    return reply
      .code(status)
      .header(ERROR_CODE_HEADER, code)
      .header('content-type', 'application/json')
      .send(JSON.stringify(body));
  });

  for (const routes of ROUTES) app.register(routes, context);
  return app;
}

/** Before the body is read: nobody asked for it. */
function refuseUnknown(request: FastifyRequest, reply: FastifyReply, knownPaths: KnownPaths): never {
  const methods = knownPaths.methodsOf(request.url);
  if (methods.length === 0) throw new RequestRefusedError(404, 'Not Found');
  reply.header('allow', methods.join(', '));
  throw new RequestRefusedError(405, 'Method Not Allowed');
}
