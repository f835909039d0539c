import { LightningError } from '@agentlightning/core';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ERROR_CODE_HEADER, FEATURES, FEATURES_HEADER, PROCESS_HEADER, RUN_HEADER } from '../features.ts';
import { pageRoutes } from './dashboard/page-routes.ts';
import { runRoutes } from './dashboard/run-routes.ts';
import { errorReply } from './error-reply.ts';
import type { Guard, ReplyHeaders } from './guard.ts';
import { readableContentType, readJsonBodies } from './json-body.ts';
import { KnownPaths } from './known-paths.ts';
import { isLoopback } from './own-hosts.ts';
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

/** Of a request, its URL among them; Node's own limit, said here so that it stays. */
const MAX_HEADER_BYTES = 16 * 1024;

const MAX_PARAM_LENGTH = 512;

/** Puts guard, body reader, routes and error replies together. */
export function buildApp(
  context: ServerContext,
  guard: Guard,
  {
    host,
    limits,
    logger,
    runId,
    dashboard,
  }: Pick<ResolvedServerOptions, 'host' | 'limits' | 'logger' | 'runId' | 'dashboard'>,
): FastifyInstance {
  const features = FEATURES.join(', ');
  /** Before anything else is made of a request. @returns the headers of the reply to a preflight */
  const admit = (request: FastifyRequest, reply: FastifyReply): ReplyHeaders | undefined => {
    const { method, headers } = request;
    const { operation, isPublic = operation?.public === true } = request.routeOptions.config ?? {};
    reply.header(FEATURES_HEADER, features).headers(guard.replyHeaders(headers));
    const preflight = guard.check({ method, headers, port: request.socket.localPort, isPublic });
    if (runId !== undefined && !isPublic) reply.header(RUN_HEADER, runId);
    const clientsRun = headers[RUN_HEADER];
    if (clientsRun !== undefined && clientsRun !== runId) throw otherRun(String(clientsRun));
    // Only for those who could look it up on their machine.
    if (operation?.public === true && isLoopback(host)) reply.header(PROCESS_HEADER, process.pid);
    if (!context.closing.aborted) return preflight;
    reply.header('connection', 'close');
    throw context.closing.reason as LightningError;
  };
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, code, body, retryAfter, errorId } = errorReply(error);
    if (errorId !== undefined) {
      const operation = request.routeOptions.config?.operation?.name;
      logger.error({ errorId, err: error, operation }, 'A request failed');
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 429) reply.header('retry-after', '1');
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    return reply
      .code(status)
      .header(ERROR_CODE_HEADER, code)
      .header('content-type', 'application/json')
      .send(JSON.stringify(body));
  };

  const app: FastifyInstance = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    http: {
      // Node looks for requests that take too long every 30 s, which would be the shortest limit.
      connectionsCheckingInterval: Math.min(30_000, Math.ceil(limits.requestTimeoutMs / 4)),
      headersTimeout: Math.min(10_000, limits.requestTimeoutMs),
      // The URL counts in it.
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    keepAliveTimeout: 30_000,
    exposeHeadRoutes: false,
    // The guard says it in words that clients understand.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // URLs that the router cannot read come here and not to the hook, and nobody has looked at their headers.
    frameworkErrors: (error, request, reply) => {
      try {
        admit(request, reply);
        refuse(unreadableUrl(error), request, reply);
      } catch (refusal) {
        refuse(refusal, request, reply);
      }
    },
  });
  app.server.maxConnections = limits.maxConnections;
  readJsonBodies(app, limits);

  const knownPaths = new KnownPaths(app);
  app.addHook('onRequest', async (request, reply) => {
    const preflight = admit(request, reply);
    if (preflight !== undefined) return reply.code(204).headers(preflight).send();
    if (request.is404) refuseUnknown(request, reply, knownPaths);
    readableContentType(request.headers);
    return undefined;
  });
  app.setErrorHandler(refuse);

  for (const routes of ROUTES) app.register(routes, context);
  if (dashboard !== undefined) {
    pageRoutes(app, dashboard);
    runRoutes(app, dashboard, context);
  }
  return app;
}

function otherRun(runId: string): LightningError {
  return new LightningError('STORE_CLOSING', `The run ${runId} is over: another one is served here`);
}

/** Such a path leads nowhere; of ids, one that is too long is the client's mistake. */
function unreadableUrl({ code }: FastifyError): RequestRefusedError {
  return code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? new RequestRefusedError(414, `An id in a URL has at most ${MAX_PARAM_LENGTH} characters`)
    : new RequestRefusedError(400, 'The URL cannot be decoded');
}

/** Before the body is read: nobody asked for it. */
function refuseUnknown(request: FastifyRequest, reply: FastifyReply, knownPaths: KnownPaths): never {
  const methods = knownPaths.methodsOf(request.url);
  if (methods.length === 0) throw new RequestRefusedError(404, 'Not Found');
  reply.header('allow', methods.join(', '));
  throw new RequestRefusedError(405, 'Method Not Allowed');
}
